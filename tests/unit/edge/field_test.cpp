// Sensors, alarms and outputs of one site together, without broker, disk and cloud.
#include "config/changed_sections.hpp"
#include "edge/field.hpp"
#include "integration/sensors/pseudo_terminal.hpp"
#include "integration/sensors/watched.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <map>
#include <memory>

using namespace holdfast;
using namespace holdfast::test;
using holdfast::edge::Field;

namespace {

config::Settings settings(const std::string& sections) {
    return config::parse_settings("[site]\nname = farm\n" + sections, "/etc/holdfast.conf");
}

/// A field and all that it said.
class Site {
public:
    explicit Site(const std::string& sections)
        : Site(sections, std::make_shared<TempFolder>()) {}
    /// With what an earlier one left there.
    Site(const std::string& sections, std::shared_ptr<TempFolder> state)
        : state_(std::move(state))
        , settings_(settings(sections))
        , field_(loop, settings_, state_->path(), handlers(), Log::silent()) {
        field_.start();
    }

    void reload(const std::string& sections) {
        auto fresh = settings(sections);
        field_.apply(fresh, config::changed_sections(settings_, fresh));
        settings_ = std::move(fresh);
    }
    void order(const std::string& topic, const std::string& payload) {
        field_.ports().orders.deliver({topic, payload});
    }
    bool waits_for(const std::string& topic, const std::string& text) {
        return run_until(loop, [&] { return told[topic].find(text) != std::string::npos; });
    }
    bool reads(const std::string& series, std::size_t count) {
        return run_until(loop, [&] { return values[series].size() >= count; });
    }
    std::string status(const std::string& sensor) {
        return told["holdfast/sensor/" + sensor + "/status"];
    }

    boost::asio::io_context loop;
    std::map<std::string, std::vector<double>> values;
    std::map<std::string, std::string> told; ///< last of each topic
    std::map<std::string, int> times;        ///< how often something was told on it

private:
    Field::Handlers handlers() {
        const auto tell = [this](const std::string& topic, const std::string& payload, bool) {
            told[topic] = payload;
            ++times[topic];
        };
        return {
            .reading =
                [this](const Reading& reading) { values[reading.series].push_back(reading.value); },
            .publish = tell,
            .say = tell,
            .keep = [](const Message&) {}};
    }

    std::shared_ptr<TempFolder> state_;
    config::Settings settings_;
    Field field_;
};

const std::string counter = "[sensor tide]\ndriver = sim\nsignal = ramp\nlow = 0\nhigh = 100000\n"
                            "period = 1000s\nevery = 10ms\n";

} // namespace

TEST_CASE("devices that cannot be used say why and disturb neither others nor each other") {
    Site site(counter + "[sensor door]\ndriver = gpio\nchip = gpiochip77\nline = 1\n"
                        "[sensor arduino]\ndriver = serial\ndevice = /dev/ttyNONE\n"
                        "[sensor script]\ndriver = exec\ncommand = /nonexistent/co2.py\n"
                        "[sensor air]\ndriver = iio\ndevice = si7020\nchannel = temp\n"
                        "sysfs = /nonexistent\n"
                        "[output lamp]\ndriver = gpio\nchip = gpiochip77\nline = 2\n");
    CHECK(site.waits_for("holdfast/sensor/door/status", "offline: /dev/gpiochip77"));
    CHECK(
        site.waits_for("holdfast/sensor/arduino/status", "offline: /dev/ttyNONE: it is not there"));
    CHECK(site.waits_for("holdfast/sensor/script/status", "offline: "));
    CHECK(site.waits_for("holdfast/sensor/air/status", "offline: there is no 'si7020'"));
    CHECK(site.waits_for("holdfast/output/lamp/status", "offline: /dev/gpiochip77"));
    CHECK(site.status("tide") == "online");
    CHECK(site.reads("tide", site.values["tide"].size() + 20));
}

TEST_CASE("a reload ends and begins what changed and nothing else") {
    PseudoTerminal board;
    const auto lamp = "[output lamp]\ndriver = serial\non = L1\noff = L0\nsettle = 0s\ndevice = " +
                      board.device() + "\n";
    const std::string high = "[alarm high]\nwhen = tide >= 0\non_raise = lamp on\n";
    const std::string other = "[sensor wind]\ndriver = sim\nsignal = ramp\nlow = 0\n"
                              "high = 100000\nperiod = 1000s\nevery = 10ms\n";
    Site site(counter + other + lamp + high);
    REQUIRE(site.waits_for("alarms/high", "raised"));
    REQUIRE(site.waits_for("outputs/lamp/state", "on"));
    REQUIRE(site.reads("wind", 20));
    std::string written;
    REQUIRE(run_until(site.loop, [&] {
        written += board.receive();
        return written.find("L1\n") != std::string::npos;
    }));
    const auto alarms = site.times["alarms/high"];
    const auto states = site.times["outputs/lamp/state"];
    const auto statuses = site.times["holdfast/sensor/tide/status"];

    site.values["wind"].clear();
    site.reload(counter + other + "unit = m/s\n" + lamp + high + "[alarm low]\nwhen = wind < -1\n");
    REQUIRE(site.reads("wind", 20));
    REQUIRE(site.reads("tide", site.values["tide"].size() + 20));
    CHECK(site.values["wind"].front() == 0); // began anew
    const auto& tide = site.values["tide"];
    for (std::size_t i = 0; i < tide.size(); ++i) {
        REQUIRE(tide[i] == Approx(static_cast<double>(i))); // went on
    }
    CHECK(site.times["alarms/high"] == alarms);
    CHECK(site.times["outputs/lamp/state"] == states);
    CHECK(site.times["holdfast/sensor/tide/status"] == statuses);
    CHECK(board.receive().empty());

    site.reload(other + lamp);
    CHECK(site.told["alarms/high"].empty());
    CHECK(site.status("tide").empty());
}

TEST_CASE("an instruction is for its whole group at once and the next start has it") {
    const std::string sections = "[sensor a]\ndriver = sim\nevery = 1h\n"
                                 "[sensor b]\ndriver = sim\nevery = 1h\n"
                                 "[sensor c]\ndriver = sim\nevery = 1h\n"
                                 "[instruction pace]\nsensors = a, b\nleast = 10ms\n";
    const auto state = std::make_shared<TempFolder>();
    {
        Site site(sections, state);
        REQUIRE((site.reads("a", 1) && site.reads("b", 1) && site.reads("c", 1)));
        site.order("holdfast/down/instructions/pace", "0.02");
        CHECK(site.told["instructions/pace/ack"] == R"({"old":3600,"new":0.02})");
        CHECK((site.reads("a", 5) && site.reads("b", 5)));
        CHECK(site.values["c"].size() == 1);
        site.order("instructions/pace", "0.001");
        CHECK_THAT(site.told["instructions/pace/ack"], ContainsSubstring("refused"));
    }
    Site site(sections, state);
    CHECK((site.reads("a", 5) && site.reads("b", 5)));
    CHECK(site.values["c"].size() == 1);
}
