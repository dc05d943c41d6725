// What the spool costs: spool_bench FOLDER [GROUPS [BACKLOG]]
//
// For groups of 1, 10, 100 and 1 000 readings: readings a second, processor time a reading, and
// bytes a reading written by this process (write_bytes of /proc/self/io, which is what went to the
// block layer) and kept in the database beyond an empty one; and the same with every row a row of
// its own in a bare table, prepared INSERT, WAL, FULL. Each is the median of five runs that take
// turns, so that other work on the machine weighs on both; `ratio` is how many times as many
// readings a second the spool stores, the median of the five pairs.
//
// Then, with a backlog of BACKLOG readings (10 million): how long opening takes, reading the next
// batch at the front, in the middle and at the end, and a receipt, how much it writes, and the
// memory that the process holds after it.

#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>

using namespace holdfast;
using namespace holdfast::spool;

namespace {

std::uint64_t written_bytes() {
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uint64_t value = 0;
    while (io >> name >> value) {
        if (name == "write_bytes:") {
            return value;
        }
    }
    throw Error("/proc/self/io has no write_bytes: the kernel does not count them");
}

/// Ten series that take turns, ten readings a second each, with a little jitter.
Item reading(std::uint64_t number, SeriesId first_series) {
    const auto i = static_cast<std::int64_t>(number);
    return Sample{first_series + i % 10, 20.0 + static_cast<double>(i * 7919 % 1000) / 100,
                  BootTime(i / 10 * 100'000 + i % 10 * 37 + i * 7919 % 100), true};
}

constexpr std::size_t rounds = 5;

struct Cost {
    double seconds;
    double processor; ///< seconds
    double written;
    double kept = 0;
};

template <typename AppendGroup>
Cost measure(std::size_t rows, std::size_t group_size, AppendGroup append) {
    const auto before = written_bytes();
    const auto start = std::chrono::steady_clock::now();
    const auto ticks = std::clock();
    std::vector<Item> group;
    for (std::size_t row = 0; row < rows; row += group_size) {
        group.clear();
        for (std::size_t i = 0; i < group_size; ++i) {
            group.push_back(reading(row + i, 1));
        }
        append(group);
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    const auto processor = static_cast<double>(std::clock() - ticks) / CLOCKS_PER_SEC;
    return {took.count(), processor,
            static_cast<double>(written_bytes() - before) / static_cast<double>(rows)};
}

/// What making a database leaves in its file, a row, once the database is closed.
double kept(const std::filesystem::path& path, std::uint64_t empty, std::size_t rows) {
    return static_cast<double>(std::filesystem::file_size(path) - empty) /
           static_cast<double>(rows);
}

void remove_database(const std::filesystem::path& path) {
    for (const auto* const suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(path.string() + suffix);
    }
}

void add_series(Spool& spool) {
    for (int i = 0; i < 10; ++i) {
        spool.series(
            {fmt::format("series {}", i), fmt::format("topic/{}", i), "Cel", Format::senml});
    }
}

Cost measure_spool(const std::filesystem::path& path, std::size_t rows, std::size_t group_size) {
    remove_database(path);
    Spool(path, {"bench"}, Log::silent());
    const auto empty = std::filesystem::file_size(path);
    std::optional<Spool> spool(std::in_place, path, Spool::Options{"bench"}, Log::silent());
    add_series(*spool);
    std::size_t groups = 0;
    auto cost = measure(rows, group_size, [&](const std::vector<Item>& group) {
        spool->append(group);
        if (++groups % 256 == 0) { // the daemon does it every second
            while (spool->upkeep(WallTime(0), {}).more) {
            }
        }
    });
    spool.reset();
    cost.kept = kept(path, empty, rows);
    return cost;
}

Cost measure_bare(const std::filesystem::path& path, std::size_t rows, std::size_t group_size) {
    remove_database(path);
    std::ofstream(path).close();
    std::optional<Database> database(std::in_place, path, Database::Access::read_write);
    database->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                      "CREATE TABLE reading (seq INTEGER PRIMARY KEY, series INTEGER NOT NULL,"
                      " at INTEGER NOT NULL, value REAL NOT NULL) STRICT");
    std::optional<Statement> insert(std::in_place, *database,
                                    "INSERT INTO reading (series, at, value) VALUES (?, ?, ?)");
    auto cost = measure(rows, group_size, [&](const std::vector<Item>& group) {
        Transaction transaction(*database);
        for (const auto& item : group) {
            const auto& sample = std::get<Sample>(item);
            auto use = insert->use();
            use.bind(sample.series).bind(sample.at.count()).bind(sample.value).run();
        }
        transaction.commit();
    });
    insert.reset();
    database.reset();
    cost.kept = kept(path, 0, rows);
    return cost;
}

template <typename Of>
double median(const std::vector<Cost>& runs, Of of) {
    std::vector<double> values;
    std::transform(runs.begin(), runs.end(), std::back_inserter(values), of);
    std::nth_element(values.begin(), values.begin() + rounds / 2, values.end());
    return values[rounds / 2];
}

void print(std::string_view what, std::size_t group_size, std::size_t rows,
           const std::vector<Cost>& runs, const std::string& ratio) {
    fmt::print("{:<10} {:>6} {:>12.0f} {:>7} {:>10.2f} {:>14.1f} {:>11.1f}\n", what, group_size,
               static_cast<double>(rows) /
                   median(runs, [](const auto& run) { return run.seconds; }),
               ratio,
               1e6 * median(runs, [](const auto& run) { return run.processor; }) /
                   static_cast<double>(rows),
               median(runs, [](const auto& run) { return run.written; }),
               median(runs, [](const auto& run) { return run.kept; }));
    std::fflush(stdout);
}

void measure_both(const std::filesystem::path& path, std::size_t rows, std::size_t group_size) {
    std::vector<Cost> spool;
    std::vector<Cost> bare;
    std::vector<Cost> ratios;
    for (std::size_t round = 0; round < rounds; ++round) {
        spool.push_back(measure_spool(path, rows, group_size));
        bare.push_back(measure_bare(path, rows, group_size));
        ratios.push_back({bare.back().seconds / spool.back().seconds, 0, 0});
    }
    const auto ratio = median(ratios, [](const auto& pair) { return pair.seconds; });
    print("spool", group_size, rows, spool, fmt::format("{:.2f}", ratio));
    print("bare rows", group_size, rows, bare, "");
}

double milliseconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
        .count();
}

std::uint64_t resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == "VmRSS:") {
            std::uint64_t kib = 0;
            status >> kib;
            return kib;
        }
    }
    return 0;
}

/// In a process of its own, so that what filling takes does not count.
void fill_backlog(const std::filesystem::path& path, std::size_t rows) {
    const auto child = ::fork();
    if (child == 0) {
        std::optional<Spool> spool(std::in_place, path, Spool::Options{"bench"}, Log::silent());
        add_series(*spool);
        std::vector<Item> group;
        for (std::size_t row = 0; row < rows; ++row) {
            group.push_back(reading(row, 1));
            if (group.size() == 2000) {
                spool->append(group);
                group.clear();
            }
        }
        spool.reset();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (status != 0) {
        throw Error("the backlog could not be made");
    }
}

void measure_backlog(const std::filesystem::path& path, std::size_t rows) {
    remove_database(path);
    fill_backlog(path, rows);
    fmt::print("\nbacklog of {} readings, {} bytes on the disk\n", rows,
               std::filesystem::file_size(path));
    std::optional<Spool> spool;
    fmt::print("opening: {:.1f} ms\n", milliseconds_of([&] {
                   spool.emplace(path, Spool::Options{"bench"}, Log::silent());
               }));
    for (const auto first : {Seq{1}, spool->last() / 2, spool->last() - 2000}) {
        fmt::print("the next 2000 from {}: {:.1f} ms\n", first, milliseconds_of([&] {
                       spool->read({first, spool->last()}, 2000, std::size_t{1} << 20U);
                   }));
    }
    const auto before = spool->stats().written_bytes;
    RangeSet receipt;
    receipt.insert({spool->last() / 2, spool->last() / 2 + 99});
    spool->prove(receipt);
    fmt::print("a receipt: {:.1f} ms", milliseconds_of([&] { spool->save_receipts(); }));
    fmt::print(", {} bytes\nresident: {} KiB\n", spool->stats().written_bytes - before,
               resident_kib());
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: spool_bench FOLDER [GROUPS [BACKLOG]]\n");
        return 2;
    }
    try {
        const auto path = std::filesystem::path(argv[1]) / "spool-bench.db";
        const std::size_t groups = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 3000;
        fmt::print("{:<10} {:>6} {:>12} {:>7} {:>10} {:>14} {:>11}\n", "", "group", "readings/s",
                   "ratio", "CPU us/row", "written B/row", "kept B/row");
        for (const std::size_t group_size : {1U, 10U, 100U, 1000U}) {
            measure_both(path, groups * group_size, group_size);
        }
        measure_backlog(path, argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 10'000'000);
        remove_database(path);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "spool_bench: {}\n", error.what());
        return 3;
    }
}
