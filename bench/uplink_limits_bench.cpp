// What the uplink never exceeds: uplink_limits_bench FOLDER [READINGS]
//
// READINGS (1 000 000) wait in the appliance's spool for the return of the network.
// - Window: the most messages that were on their way without a receipt, as the appliance's own
//   broker passes them on; the default max_in_flight, at 0 and 100 ms of round trip.
// - AWS IoT Core: with that profile's own settings, against a stand-in before the cloud broker that
//   enforces its limits: how long, what was thrown away, and how much of each 5 KiB that is billed
//   carries something.
// Exit status 1 where a limit is exceeded, IoT Core takes longer than 10 minutes a million, or less
// than 90 % of what is billed is used.

#include "config/cloud_profile.hpp"
#include "in_flight_counter.hpp"
#include "uplink_stage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>

using namespace holdfast;
using namespace holdfast::bench;
using namespace std::chrono_literals;

namespace {

constexpr double most_seconds_a_million = 600;
constexpr double least_share_used = 0.9;

double seconds_since(CloudCounter::Clock::time_point start, CloudCounter::Clock::time_point end) {
    return std::chrono::duration<double>(end - start).count();
}

bool window_holds(const std::filesystem::path& folder, std::chrono::milliseconds round_trip,
                  std::uint64_t readings) {
    UplinkStage stage(folder, {.uplink = "max_publishes_per_second = 10000\n"});
    stage.start_appliance(readings);
    const InFlightCounter counter(stage.observer());
    const auto start = CloudCounter::Clock::now();
    stage.network().delay(round_trip / 2);
    const auto took = seconds_since(start, stage.cloud().wait_for(readings));
    const auto limit = config::mosquitto_profile().default_in_flight;
    const bool complete = stage.cloud().readings() >= readings;
    fmt::print("window, {:>3} ms: {} of {} readings in {:.1f} s, {} messages, at most {} of {} "
               "without a receipt\n",
               round_trip.count(), stage.cloud().readings(), readings, took, counter.handed_over(),
               counter.most(), limit);
    std::fflush(stdout);
    return complete && counter.most() > 0 && counter.most() <= limit;
}

bool iot_core_holds(const std::filesystem::path& folder, std::uint64_t readings) {
    UplinkStage stage(folder, {.iot_core = true});
    stage.start_appliance(readings);
    const auto start = CloudCounter::Clock::now();
    stage.network().pass();
    const auto took = seconds_since(start, stage.cloud().wait_for(readings));
    const auto& cloud = stage.cloud();
    const auto used =
        static_cast<double>(cloud.bytes()) / static_cast<double>(cloud.billed_bytes());
    const auto complaints = stage.iot_core().complaints();
    fmt::print(
        "AWS IoT Core: {} of {} readings in {:.1f} s, {} packs ({:.0f} a second), {:.1f} % of "
        "what is billed for them used, {} publishes thrown away\n{}",
        cloud.readings(), readings, took, cloud.messages(),
        static_cast<double>(cloud.messages()) / took, used * 100, stage.iot_core().discarded(),
        complaints.empty() ? "" : fmt::format("  {}\n", fmt::join(complaints, "\n  ")));
    std::fflush(stdout);
    return cloud.readings() >= readings && complaints.empty() &&
           stage.iot_core().discarded() == 0 && used >= least_share_used &&
           took * 1e6 <= most_seconds_a_million * static_cast<double>(readings);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: uplink_limits_bench FOLDER [READINGS]\n");
        return 2;
    }
    try {
        const auto folder = std::filesystem::path(argv[1]) / "uplink-limits";
        const auto readings = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
        bool holds = window_holds(folder, 0ms, readings);
        holds = window_holds(folder, 100ms, readings) && holds;
        holds = iot_core_holds(folder, readings) && holds;
        std::filesystem::remove_all(folder);
        return holds ? 0 : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "uplink_limits_bench: {}\n", error.what());
        return 3;
    }
}
