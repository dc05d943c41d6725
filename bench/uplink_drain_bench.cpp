// The end of an outage: uplink_drain_bench FOLDER [READINGS [MESSAGES [ROOT]]]
//
// READINGS (1 000 000) wait in the appliance's spool and MESSAGES (100 000) in the bridge of a
// stock Mosquitto with the same TLS to the same cloud broker through the same proxy, at 0 and at
// 100 ms of round trip. For each: readings a second from the return of the network to the last, CPU
// of what drains (daemon and broker, or the broker alone) and bytes on the wire in both directions
// a reading, those that are measured meanwhile included, and when the cloud had the first value
// that was measured after the network's return. With ROOT, the root folder of a Debian with
// Mosquitto 2.1, also its bridge with persist-sqlite, tuned.

#include "core/error.hpp"
#include "support/other_root.hpp"
#include "uplink_stage.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <thread>

using namespace holdfast;
using namespace holdfast::bench;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::duration time) {
    return std::chrono::duration<double>(time).count();
}

struct Network {
    std::chrono::milliseconds round_trip;
    std::uint64_t bytes_per_second = 0;
};

void drain(std::string_view what, UplinkStage& stage, std::uint64_t readings,
           const Network& network) {
    const auto cpu = stage.cpu_time();
    stage.cloud().await_live();
    const auto start = Clock::now();
    if (network.bytes_per_second > 0) {
        stage.network().throttle(network.bytes_per_second);
    } else {
        stage.network().delay(network.round_trip / 2);
    }
    const auto took = seconds(stage.cloud().wait_for(readings) - start);
    const auto came = stage.cloud().readings();
    const auto count = static_cast<double>(readings);
    const auto arrived = count + static_cast<double>(stage.cloud().live_readings());
    const auto bytes = stage.network().bytes_to_server() + stage.network().bytes_to_client();
    const std::chrono::duration<double, std::micro> used = stage.cpu_time() - cpu;
    fmt::print("{:<22} {:>8} {:>9} {:>10.1f} {:>11.0f} {:>8.2f} {:>8.1f}", what,
               network.bytes_per_second > 0 ? "64 kbit/s"
                                            : fmt::format("{} ms", network.round_trip.count()),
               readings, took, count / took, used.count() / count,
               static_cast<double>(bytes) / arrived);
    if (stage.cloud().live_came()) {
        fmt::print(" {:>9.2f}", seconds(stage.cloud().live_at() - start));
    }
    fmt::print("{}\n", came < readings ? fmt::format("   {} never came", readings - came) : "");
    std::fflush(stdout);
}

constexpr auto tuned = "max_inflight_messages 1000\nset_tcp_nodelay true\n";

/// What has Mosquitto 2.1 in the root folder of another Debian keep its queue in SQLite.
std::filesystem::path persist_sqlite(const std::filesystem::path& root) {
    for (const auto& folder : std::filesystem::directory_iterator(root / "usr/lib")) {
        auto plugin = folder.path() / "mosquitto/mosquitto_persist_sqlite.so";
        if (std::filesystem::exists(plugin)) {
            return plugin;
        }
    }
    throw Error(
        fmt::format("{}: no mosquitto_persist_sqlite.so below usr/lib: give the root folder "
                    "of a Debian with Mosquitto 2.1",
                    root.string()));
}

void measure_bridges(const std::filesystem::path& folder, const Network& network,
                     std::uint64_t messages,
                     const std::optional<std::filesystem::path>& other_root) {
    {
        UplinkStage stage(folder);
        stage.start_bridge(messages, "");
        drain("stock bridge", stage, messages, network);
    }
    {
        UplinkStage stage(folder);
        stage.start_bridge(messages, tuned);
        drain("tuned bridge", stage, messages, network);
    }
    if (!other_root) {
        fmt::print("persist-sqlite         left out: no ROOT with Mosquitto 2.1 was given\n");
        return;
    }
    UplinkStage stage(folder);
    stage.start_bridge(messages,
                       fmt::format("{}plugin {}\npersistence_location {}\n", tuned,
                                   persist_sqlite(*other_root).string(),
                                   stage.broker_folder().string()),
                       test::mosquitto_of(*other_root));
    drain("2.1 persist-sqlite", stage, messages, network);
}

void measure(const std::filesystem::path& folder, const Network& network, std::uint64_t readings,
             std::uint64_t messages, const std::optional<std::filesystem::path>& other_root) {
    const auto appliance = [&](std::string_view what, const std::string& lines) {
        UplinkStage stage(folder, {.uplink = lines + "max_publishes_per_second = 10000\n"});
        stage.start_appliance(readings);
        drain(what, stage, readings, network);
    };
    appliance("holdfast", "");
    appliance("holdfast, markers", "receipt = marker\n");
    if (network.bytes_per_second > 0) {
        appliance("holdfast, linger 1s", "linger = 1s\n");
    }
    measure_bridges(folder, network, messages, other_root);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: uplink_drain_bench FOLDER [READINGS [MESSAGES [ROOT]]]\n");
        return 2;
    }
    try {
        const auto folder = std::filesystem::path(argv[1]) / "uplink-drain";
        const auto readings = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
        const auto messages = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 100'000;
        const auto other_root =
            argc > 4 ? std::optional<std::filesystem::path>(argv[4]) : std::nullopt;
        fmt::print("{:<22} {:>8} {:>9} {:>10} {:>11} {:>8} {:>8} {:>9}\n", "", "link", "readings",
                   "seconds", "readings/s", "CPU us", "bytes", "newest s");
        measure(folder, {.round_trip = 0ms}, readings, messages, other_root);
        measure(folder, {.round_trip = 100ms}, readings, messages, other_root);
        measure(folder, {.round_trip = 0ms, .bytes_per_second = 8000}, 3000, 3000, other_root);
        std::filesystem::remove_all(folder);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "uplink_drain_bench: {}\n", error.what());
        return 3;
    }
}
