// The course project: an Arduino on USB prints one value a line; a relay hangs on the same board.

#include "core/topics.hpp"
#include "integration/sensors/pseudo_terminal.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/eventually.hpp"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <thread>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

/// Prints a value every 20 ms while plugged in, and remembers what it was sent.
class Arduino {
public:
    explicit Arduino(std::filesystem::path port)
        : port_(std::move(port)) {
        plug();
        thread_ = std::thread([this] { run(); });
    }
    Arduino(const Arduino&) = delete;
    Arduino& operator=(const Arduino&) = delete;
    ~Arduino() {
        ended_ = true;
        thread_.join();
    }

    void plug() {
        const std::lock_guard lock(mutex_);
        terminal_.emplace();
        std::filesystem::create_symlink(terminal_->device(), port_);
    }
    void unplug() {
        const std::lock_guard lock(mutex_);
        std::filesystem::remove(port_);
        terminal_.reset();
    }
    void prints(const std::string& line) {
        const std::lock_guard lock(mutex_);
        line_ = line;
    }
    bool gets(const std::string& text) {
        return eventually(
            [&] {
                const std::lock_guard lock(mutex_);
                return received_.find(text) != std::string::npos;
            },
            20s);
    }

private:
    void run() {
        while (!ended_) {
            {
                const std::lock_guard lock(mutex_);
                if (terminal_) {
                    terminal_->send(line_);
                    received_ += terminal_->receive();
                }
            }
            std::this_thread::sleep_for(20ms); // the pace of the sketch
        }
    }

    std::filesystem::path port_;
    std::mutex mutex_;
    std::optional<PseudoTerminal> terminal_;
    std::string line_ = "412\r\n";
    std::string received_;
    std::atomic<bool> ended_ = false;
    std::thread thread_;
};

std::string sections(const std::filesystem::path& port) {
    return fmt::format(R"(
[sensor tide]
driver = sim
every = 1s

[sensor moisture]
driver = serial
device = {0}
every = 50ms
patience = 1s
min = 0
max = 1023
format = scalar

[output relay]
driver = serial
device = {0}
on = R1
off = R0

[alarm dry]
when = moisture > 500
hysteresis = 20
on_raise = relay on
on_clear = relay off
)",
                       port.string());
}

} // namespace

TEST_CASE("an Arduino's values are published here and in the cloud and nonsense never is") {
    const TempFolder folder;
    Arduino arduino(folder / "ttyACM0");
    Appliance appliance({.sections = sections(folder / "ttyACM0")});
    appliance.start();
    auto& site = appliance.on_site();
    CHECK(site.wait_for(is("sensors/moisture", "412")));
    CHECK(appliance.at_cloud().wait_for(is(Appliance::site + "/sensors/moisture", "412")));
    arduino.prints("NaN\r\ninf\r\n\r\n5000\r\n" + std::string(300, '7') + "\r\n430\r\n");
    CHECK(site.wait_for(is("sensors/moisture", "430")));
    CHECK(appliance.wait_for_status([](const nlohmann::json& status) {
        return status["sensors"]["moisture"].value("rejected", 0) >= 5;
    }));
    for (const auto& message : site.messages()) {
        if (message.topic == "sensors/moisture") {
            CHECK((message.payload == "412" || message.payload == "430"));
        }
    }
    appliance.daemon().stop();
}

TEST_CASE("an Arduino that is unplugged is offline and online again when it is back") {
    const TempFolder folder;
    Arduino arduino(folder / "ttyACM0");
    Appliance appliance({.sections = sections(folder / "ttyACM0")});
    appliance.start();
    auto& site = appliance.on_site();
    const auto status = topics::sensor_status("moisture");
    REQUIRE(site.wait_for(is(status, "online")));
    arduino.unplug();
    REQUIRE(site.wait_for(says(status, "offline: ")));
    const auto from = site.count();
    arduino.prints("77\n");
    arduino.plug();
    CHECK(site.wait_for(is(status, "online"), from));
    CHECK(site.wait_for(is("sensors/moisture", "77"), from));
    appliance.daemon().stop();
}

TEST_CASE("a relay is switched by order and by a limit with the cloud away") {
    const TempFolder folder;
    Arduino arduino(folder / "ttyACM0");
    Appliance appliance({.sections = sections(folder / "ttyACM0")});
    appliance.start();
    auto& site = appliance.on_site();
    CHECK(arduino.gets("R0\n")); // safe from the start
    appliance.publish("outputs/relay", {"on"});
    CHECK(arduino.gets("R1\n"));
    CHECK(site.wait_for(is("outputs/relay/ack", R"({"order":"on","state":"on"})")));
    CHECK(site.wait_for(is("outputs/relay/state", "on")));
    appliance.publish("outputs/relay", {"off"});
    REQUIRE(site.wait_for(is("outputs/relay/state", "off")));
    appliance.publish("outputs/relay", {"open sesame"});
    CHECK(site.wait_for(says("outputs/relay/ack", "refused")));

    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    auto from = site.count();
    arduino.prints("501\n");
    CHECK(site.wait_for(says("alarms/dry", R"("state":"raised")"), from));
    CHECK(site.wait_for(is("outputs/relay/state", "on"), from));
    from = site.count();
    arduino.prints("481\n"); // within the hysteresis
    REQUIRE(site.wait_for(is("sensors/moisture", "481"), from));
    CHECK(site.last("outputs/relay/state") == "on");
    arduino.prints("480\n");
    CHECK(site.wait_for(is("outputs/relay/state", "off"), from));
    appliance.network().pass();
    CHECK(appliance.at_cloud().wait_for(
        says(Appliance::site + "/alarms/dry", R"("state":"raised")")));
    CHECK(appliance.at_cloud().wait_for(
        says(Appliance::site + "/alarms/dry", R"("state":"cleared")")));
    appliance.daemon().stop();
}
