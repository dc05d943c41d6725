// How soon the cloud has the newest value after an outage: uplink_newest_bench FOLDER [READINGS]
//
// From the network's return to a cloud subscriber's getting a value that was measured after it, ten
// values a second, with 0, 3 000 and READINGS (1 000 000) rows waiting and on 64 kbit/s. In an
// outage connections are refused, or every packet vanishes; it ends at any moment of the bridge's
// and the daemon's own tries.

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

/// The network is cut already.
double one_outage(UplinkStage& stage, Outage outage, std::uint64_t bytes_per_second) {
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
    return std::chrono::duration<double>(stage.cloud().live_at() - back).count();
}

void report(Outage outage, std::uint64_t backlog, std::uint64_t bytes_per_second,
            std::vector<double> seconds) {
    std::sort(seconds.begin(), seconds.end());
    fmt::print("{:<12} {:>9} {:>10} {:>8.2f} {:>8.2f} {:>8.2f}   of {}\n",
               outage == Outage::refused ? "refused" : "vanishing", backlog,
               bytes_per_second > 0 ? "64 kbit/s" : "", seconds.front(),
               seconds[seconds.size() / 2], seconds.back(), seconds.size());
    std::fflush(stdout);
}

/// One appliance through many outages.
void without_backlog(const std::filesystem::path& folder, Outage outage) {
    UplinkStage stage(folder);
    stage.start_appliance(0);
    std::vector<double> seconds;
    for (int i = 0; i < 2 * repetitions; ++i) {
        stage.network().cut();
        seconds.push_back(one_outage(stage, outage, 0));
        std::this_thread::sleep_for(2s); // what waited arrives
    }
    report(outage, 0, 0, seconds);
}

void with_backlog(const std::filesystem::path& folder, Outage outage, std::uint64_t backlog,
                  std::uint64_t bytes_per_second, int times) {
    std::vector<double> seconds;
    for (int i = 0; i < times; ++i) {
        UplinkStage stage(folder);
        stage.start_appliance(backlog);
        seconds.push_back(one_outage(stage, outage, bytes_per_second));
    }
    report(outage, backlog, bytes_per_second, seconds);
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
        fmt::print("{:<12} {:>9} {:>10} {:>8} {:>8} {:>8}\n", "outage", "waiting", "line",
                   "least s", "median s", "most s");
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
