// What history costs: history_bench FOLDER [ROWS]
//
// Fills a spool with ten series of one reading a second (10 000 000 rows unless told), and takes
// the time for one day of one series, downsampled to 1 000 points, from the middle of it; and for
// opening the spool. Beside the time that passed stands the processor's, which other work on the
// machine does not change.

#include "edge/spool/history.hpp"
#include "edge/spool/spool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>

using namespace holdfast;
using namespace holdfast::spool;

namespace {

constexpr std::int64_t series_count = 10;
constexpr std::size_t group_size = 1000;

void fill(const std::filesystem::path& path, std::int64_t rows) {
    Spool spool(path, {"boot"}, Log::silent());
    spool.set_clock(WallTime(0), true);
    std::vector<SeriesId> ids;
    for (std::int64_t i = 0; i < series_count; ++i) {
        ids.push_back(spool.series({fmt::format("s{}", i), "t", "Cel", Format::senml}));
    }
    std::vector<Item> group;
    for (std::int64_t row = 0; row < rows; ++row) {
        const auto second = row / series_count;
        group.emplace_back(Sample{ids[static_cast<std::size_t>(row % series_count)],
                                  20 + static_cast<double>(row * 7919 % 1000) / 100,
                                  std::chrono::seconds(second), true});
        if (group.size() == group_size) {
            spool.append(group);
            group.clear();
        }
    }
    spool.append(group);
}

struct Took {
    double passed_ms;
    double processor_ms;
};

template <typename Work>
Took measure(Work work) {
    const auto start = std::chrono::steady_clock::now();
    const auto ticks = std::clock();
    work();
    const std::chrono::duration<double, std::milli> passed =
        std::chrono::steady_clock::now() - start;
    return {passed.count(), 1000.0 * static_cast<double>(std::clock() - ticks) / CLOCKS_PER_SEC};
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: history_bench FOLDER [ROWS]\n");
        return 2;
    }
    try {
        const auto path = std::filesystem::path(argv[1]) / "history-bench.db";
        const std::int64_t rows = argc > 2 ? std::strtoll(argv[2], nullptr, 10) : 10'000'000;
        fill(path, rows);
        const auto open = measure([&] { const Spool spool(path, {"boot"}, Log::silent()); });
        const WallTime middle = std::chrono::seconds(rows / series_count / 2);
        std::vector<Took> runs;
        std::size_t points = 0;
        for (int run = 0; run < 5; ++run) {
            runs.push_back(measure([&] {
                const History history(path);
                points = history.downsample({"s3", middle, middle + std::chrono::hours(24)}, 1000)
                             .size();
            }));
        }
        std::sort(runs.begin(), runs.end(),
                  [](const Took& a, const Took& b) { return a.passed_ms < b.passed_ms; });
        fmt::print(
            "rows {}, file {} bytes\nopening the spool: {:.0f} ms\n"
            "one day of one series in {} points: {:.0f} ms, {:.0f} ms of processor (median of "
            "5, most {:.0f})\n",
            rows, std::filesystem::file_size(path), open.passed_ms, points, runs[2].passed_ms,
            runs[2].processor_ms, runs[4].passed_ms);
        for (const auto* const suffix : {"", "-wal", "-shm"}) {
            std::filesystem::remove(path.string() + suffix);
        }
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "history_bench: {}\n", error.what());
        return 3;
    }
}
