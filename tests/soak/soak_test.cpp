// Fifty sensors of all kinds that are unplugged and plugged in again while the cloud comes and
// goes: nothing is lost or doubled on the way from the sensor to the cloud, and the daemon needs no
// more of anything afterwards. For ./test long; HOLDFAST_SOAK_MINUTES says for how long.
#include "core/error.hpp"
#include "core/topics.hpp"
#include "edge/spool/spool.hpp"
#include "soak/account.hpp"
#include "soak/source.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/eventually.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <thread>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int simulated = 6;
constexpr auto step = 500ms;
// SQLite keeps up to 2 MiB of pages, which a growing spool fills; the rest is what the reading of
// larger and larger backlogs leaves behind in malloc.
constexpr std::size_t growth_bytes = 4U * 1024 * 1024;

std::chrono::minutes duration() {
    const char* const text = std::getenv("HOLDFAST_SOAK_MINUTES");
    const std::chrono::minutes time(text != nullptr ? std::strtol(text, nullptr, 10) : 30);
    if (time < 1min) {
        throw Error("HOLDFAST_SOAK_MINUTES: a number of minutes is expected");
    }
    return time;
}

std::size_t memory_bytes(pid_t pid) {
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    std::string word;
    std::size_t kib = 0;
    while (kib == 0 && status >> word) {
        if (word == "RssAnon:") {
            status >> kib;
        }
    }
    return kib * 1024;
}

/// How many files a process has open (`fd`), or how many threads it has (`task`).
std::ptrdiff_t held(pid_t pid, const std::string& kind) {
    return std::distance(std::filesystem::directory_iterator(fmt::format("/proc/{}/{}", pid, kind)),
                         {});
}

class Soak {
public:
    explicit Soak(unsigned seed)
        : random_(seed)
        , sources_(make_sources(folder_.path(), [this] { return device(); }))
        , appliance_({.sections = sections()}) {}

    void run(std::chrono::minutes time) {
        appliance_.start_cloud();
        appliance_.start_broker();
        for (const auto& source : sources_) {
            source->plug();
        }
        appliance_.start_daemon();
        speak_until_online();
        const auto pid = appliance_.daemon().pid();
        const auto files = held(pid, "fd");
        const auto threads = held(pid, "task");
        const auto start = Clock::now();
        for (auto next = start; next < start + time; next += step) {
            std::this_thread::sleep_until(next);
            disturb_sensors();
            disturb_network();
            speak();
            note_memory((next - start) * 4 / time);
        }
        recover();
        CHECK(held(pid, "fd") == files);
        CHECK(held(pid, "task") == threads);
        check_memory();
        account();
    }

private:
    std::unique_ptr<MqttClient> device() {
        auto options = appliance_.login("thing");
        auto client = std::make_unique<MqttClient>(appliance_.local_port(), options);
        if (client->connect() != 0) {
            throw Error("a device is refused");
        }
        return client;
    }

    std::string sections() const {
        auto text = Appliance::device_section;
        for (const auto& source : sources_) {
            text += fmt::format("[sensor {}]\n{}", source->name(), source->section());
        }
        // Each counts up, by one a reading.
        for (int i = 1; i <= simulated; ++i) {
            text += fmt::format("[sensor sim-{}]\ndriver = sim\nsignal = ramp\nlow = 0\n"
                                "high = 1000000\nperiod = 200000s\nevery = 200ms\nformat = {}\n",
                                i, i == 1 ? "scalar" : "senml");
        }
        return text;
    }

    bool one_in(unsigned count) {
        return std::uniform_int_distribution<unsigned>(1, count)(random_) == 1;
    }
    Clock::duration seconds(int least, int greatest) {
        return std::chrono::seconds(std::uniform_int_distribution<int>(least, greatest)(random_));
    }

    void disturb_sensors() {
        const auto now = Clock::now();
        for (const auto& source : sources_) {
            if (!source->plugged() && now >= back_.at(source.get())) {
                source->plug();
            } else if (source->plugged() && one_in(200)) {
                source->unplug();
                back_[source.get()] = now + seconds(0, 20);
            } else if (one_in(400)) {
                source->speak_nonsense();
            }
        }
    }

    void disturb_network() {
        if (Clock::now() >= network_back_) {
            appliance_.network().pass();
            if (one_in(60)) {
                one_in(2) ? appliance_.network().cut() : appliance_.network().black_hole();
                network_back_ = Clock::now() + seconds(1, 20);
                ++outages_;
            } else if (one_in(60)) {
                appliance_.network().reset_connections();
            }
        }
    }

    void speak() {
        for (const auto& source : sources_) {
            source->speak();
        }
    }

    /// Everything is plugged in, and each sensor is online within what its driver's pauses allow.
    void speak_until_online() {
        for (const auto& source : sources_) {
            if (!source->plugged()) {
                source->plug();
            }
        }
        const auto all_online = [&](const nlohmann::json& status) {
            const auto sensors = status.value("sensors", nlohmann::json::object());
            return sensors.size() == sources_.size() + simulated &&
                   std::all_of(sensors.begin(), sensors.end(), [](const nlohmann::json& sensor) {
                       return sensor["state"] == "online";
                   });
        };
        const auto end = Clock::now() + 3min;
        while (!all_online(appliance_.status())) {
            INFO(appliance_.status().dump(1));
            REQUIRE(Clock::now() < end);
            speak();
            std::this_thread::sleep_for(step);
        }
    }

    /// All is well again, and what waited is with the cloud.
    void recover() {
        appliance_.network().pass();
        speak_until_online();
        REQUIRE(appliance_.wait_for_status(
            [](const nlohmann::json& status) {
                return status["uplink"]["link"] == true && status["uplink"]["pending"] < 500;
            },
            3min));
    }

    /// The least of each quarter of the time: a backlog takes more for as long as it is read.
    void note_memory(std::ptrdiff_t quarter) {
        auto& least = memory_.at(static_cast<std::size_t>(quarter));
        least = std::min(least, memory_bytes(appliance_.daemon().pid()));
    }

    void check_memory() const {
        WARN(fmt::format("least memory of each quarter: {} bytes", fmt::join(memory_, ", ")));
        CHECK(memory_[3] < memory_[1] + growth_bytes);
    }

    /// What the sensors count once nothing but the simulated ones speaks any more.
    nlohmann::json last_counts() {
        for (const auto& source : sources_) {
            if (source->way() == Source::Way::polled) {
                source->unplug();
            }
        }
        REQUIRE(appliance_.wait_for_status(
            [&](const nlohmann::json& status) {
                auto now = status["sensors"];
                bool quiet = true;
                for (const auto& source : sources_) {
                    const auto& sensor = now[source->name()];
                    quiet = quiet &&
                            (source->way() == Source::Way::lines || sensor["state"] == "offline");
                }
                return quiet;
            },
            1min));
        // Of lines that were said last, the newest status of all may not know yet.
        appliance_.pending();
        appliance_.pending();
        return appliance_.status()["sensors"];
    }

    void account() {
        const auto counts = last_counts();
        const auto result = appliance_.settle();
        CHECK(result.lost == 0);
        CHECK(result.received == result.sent);
        const spool::Spool spool(appliance_.spool(), {.boot_id = boot_id()}, Log::silent());
        CHECK(spool.stats().lost.empty());
        auto stored = read_spool(spool);
        for (const auto& source : sources_) {
            check_said(*source, stored.values[source->name()], counts[source->name()]);
            unplugs_ += source->unplugs();
            rejected_ += counts[source->name()]["rejected"].get<std::uint64_t>();
            if (source->name().rfind("device-", 0) == 0) {
                check_captured(*source, stored.messages["devices/" + source->name()]);
            }
        }
        for (int i = 1; i <= simulated; ++i) {
            check_simulated(stored.values[fmt::format("sim-{}", i)]);
        }
        CHECK(rejected_ > 0);
        WARN(fmt::format("{} rows sent, {} received, {} lost, {} duplicates; {} unplugged, {} "
                         "outages, {} values rejected",
                         result.sent, result.received, result.lost, result.duplicates, unplugs_,
                         outages_, rejected_));
    }

    std::mt19937 random_;
    TempFolder folder_;
    Sources sources_;
    Appliance appliance_;
    std::map<const Source*, Clock::time_point> back_;
    Clock::time_point network_back_{};
    std::array<std::size_t, 4> memory_{SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
    std::uint64_t outages_ = 0;
    std::uint64_t unplugs_ = 0;
    std::uint64_t rejected_ = 0;
};

} // namespace

TEST_CASE("fifty sensors are unplugged at random and every reading is accounted for", "[.long]") {
    std::signal(SIGPIPE, SIG_IGN); // programs end when they like
    Soak(Catch::rngSeed()).run(duration());
}
