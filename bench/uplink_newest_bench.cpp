// How soon the cloud has the newest value after an outage: uplink_newest_bench FOLDER [READINGS]
//
// From the network's return, and from the bridge's word at the cloud that it is connected, to a
// cloud subscriber's getting a value that was measured after the return, ten values a second, with
// 0, 3 000 and READINGS (1 000 000) rows waiting and on 64 kbit/s. In an outage connections are
// refused, or every packet vanishes; it ends at any moment of the bridge's and the daemon's own
// tries.

#include "core/error.hpp"
#include "uplink_stage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <thread>

using namespace holdfast;
using namespace holdfast::bench;
using namespace std::chrono_literals;

namespace {

enum class Outage { refused, vanishing };

constexpr int repetitions = 5;
constexpr std::uint64_t thin_line = 8000; // bytes a second: 64 kbit/s

/// Long enough for what is left of earlier tries to end.
std::chrono::milliseconds length(Outage outage) {
    static std::mt19937 random(1);
    std::uniform_int_distribution<int> extra(0, outage == Outage::refused ? 3000 : 12'000);
    return (outage == Outage::refused ? 3s : 12s) + std::chrono::milliseconds(extra(random));
}

/// In seconds.
struct Newest {
    double since_return;
    double since_link;
};

/// The network is cut already.
Newest one_outage(UplinkStage& stage, Outage outage, std::uint64_t bytes_per_second) {
    if (outage == Outage::vanishing) {
        stage.network().vanish();
    }
    std::this_thread::sleep_for(length(outage));
    stage.cloud().await_live();
    const auto back = CloudCounter::Clock::now();
    if (bytes_per_second > 0) {
        stage.network().throttle(bytes_per_second);
    } else {
        stage.network().pass();
    }
    if (!stage.cloud().wait_for_live(2min)) {
        throw Error("no newest value came within two minutes");
    }
    const auto since = [&](CloudCounter::Clock::time_point event) {
        return std::chrono::duration<double>(stage.cloud().live_at() - event).count();
    };
    return {since(back), since(stage.cloud().link_at())};
}

void report(Outage outage, std::uint64_t backlog, std::uint64_t bytes_per_second,
            const std::vector<Newest>& values) {
    fmt::print("{:<12} {:>9} {:>10}", outage == Outage::refused ? "refused" : "vanishing", backlog,
               bytes_per_second > 0 ? "64 kbit/s" : "");
    for (const auto since : {&Newest::since_return, &Newest::since_link}) {
        std::vector<double> seconds;
        for (const auto& value : values) {
            seconds.push_back(value.*since);
        }
        std::sort(seconds.begin(), seconds.end());
        fmt::print("  {:>6.2f} {:>6.2f} {:>6.2f}", seconds.front(), seconds[seconds.size() / 2],
                   seconds.back());
    }
    fmt::print("   of {}\n", values.size());
    std::fflush(stdout);
}

/// One appliance through many outages.
void without_backlog(const std::filesystem::path& folder, Outage outage) {
    UplinkStage stage(folder);
    stage.start_appliance(0);
    std::vector<Newest> values;
    for (int i = 0; i < 2 * repetitions; ++i) {
        stage.network().cut();
        values.push_back(one_outage(stage, outage, 0));
        std::this_thread::sleep_for(2s); // what waited arrives
    }
    report(outage, 0, 0, values);
}

void with_backlog(const std::filesystem::path& folder, Outage outage, std::uint64_t backlog,
                  std::uint64_t bytes_per_second, int times) {
    std::vector<Newest> values;
    for (int i = 0; i < times; ++i) {
        UplinkStage stage(folder);
        stage.start_appliance(backlog);
        values.push_back(one_outage(stage, outage, bytes_per_second));
    }
    report(outage, backlog, bytes_per_second, values);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: uplink_newest_bench FOLDER [READINGS]\n");
        return 2;
    }
    try {
        const auto folder = std::filesystem::path(argv[1]) / "uplink-newest";
        const auto readings = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000;
        fmt::print(
            "seconds: least, median and most from the network's return, and from the link's\n");
        for (const auto outage : {Outage::refused, Outage::vanishing}) {
            without_backlog(folder, outage);
            with_backlog(folder, outage, 3000, 0, repetitions);
            with_backlog(folder, outage, readings, 0, repetitions);
            with_backlog(folder, outage, 3000, thin_line, repetitions);
        }
        std::filesystem::remove_all(folder);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "uplink_newest_bench: {}\n", error.what());
        return 3;
    }
}
