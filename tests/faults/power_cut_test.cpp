// The power goes at any write or sync: what append() returned from is there afterwards, nothing
// unproved has become history, and a window of time costs what it says (promises P1, P3, P4).

#include "edge/recorder.hpp"
#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "edge/storage.hpp"
#include "support/catch.hpp"
#include "support/power_cut_disk.hpp"
#include "support/temp_folder.hpp"

#include <boost/asio/io_context.hpp>

#include <array>
#include <map>
#include <optional>
#include <random>

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;

namespace {

std::string payload_of(Seq seq, std::size_t size) {
    return std::to_string(seq) + std::string(size, static_cast<char>('a' + seq % 26));
}

// Every row can be told from its Seq alone, so that a reader sees any that is torn or misplaced.
Item item_of(Seq seq, SeriesId series, BootTime at) {
    if (seq % 5 == 0) {
        return Message{"t", payload_of(seq, seq % 97 == 0 ? 9000 : seq % 600), 1, false, at};
    }
    return Sample{series, static_cast<double>(seq) / 8, at, true};
}

void check_entry(const Entry& entry) {
    if (const auto* const message = std::get_if<Message>(&entry.content)) {
        const auto expected = item_of(entry.seq, 0, BootTime(0));
        REQUIRE(std::holds_alternative<Message>(expected));
        REQUIRE(message->payload == std::get<Message>(expected).payload);
    } else {
        REQUIRE(entry.seq % 5 != 0);
        REQUIRE(std::get<ReadingRow>(entry.content).value == static_cast<double>(entry.seq) / 8);
    }
}

/// One spool through many power cuts, and a ledger of what it has promised.
class Campaign {
public:
    explicit Campaign(unsigned seed)
        : random_(seed)
        , disk_(seed) {}

    /// Works until the power goes; then checks what is left.
    void live_and_die() {
        window_ = std::array{BootTime(0), BootTime(1s), BootTime(10s)}[below(3)];
        group_.clear();
        disk_.cut_at(1 + below(below(4) == 0 ? 2000 : 120));
        while (!disk_.is_cut()) {
            try {
                live();
            } catch (const Error& error) {
                INFO(error.what());
                REQUIRE(disk_.is_cut());
            }
        }
        disk_.power_on();
        check();
    }

private:
    unsigned below(unsigned bound) {
        return std::uniform_int_distribution<unsigned>(0, bound - 1)(random_);
    }

    Spool open() { return Spool(path_, {"boot"}, Log::silent()); }

    /// From opening to a clean end, if the power lasts.
    void live() {
        auto spool = open();
        spool.set_clock(WallTime(0), true);
        const auto series = spool.series({"s", "t", "", Format::senml});
        for (unsigned steps = below(60); steps > 0; --steps) {
            measure(spool, series);
            if (below(4) == 0) {
                prove(spool);
            }
            if (below(10) == 0) {
                spool.save_receipts();
            }
            if (below(20) == 0) {
                trim(spool);
            }
            if (below(10) == 0) { // puts small blocks together
                spool.upkeep(WallTime(0), {});
            }
        }
        commit(spool);
    }

    void measure(Spool& spool, SeriesId series) {
        for (unsigned count = 1 + below(30); count > 0; --count) {
            const auto next = now_ + BootTime(below(300'000));
            if (!group_.empty() && next >= opened_ + window_) {
                now_ = opened_ + window_;
                commit(spool);
            }
            now_ = next;
            if (group_.empty()) {
                opened_ = now_;
            }
            group_.push_back(item_of(stored_ + 1 + group_.size(), series, now_));
            if (window_ == BootTime(0)) {
                commit(spool);
            }
        }
    }

    void commit(Spool& spool) {
        if (!group_.empty()) {
            stored_ = spool.append(group_)->last;
            group_.clear();
        }
    }

    void prove(Spool& spool) {
        const Seq first = 1 + below(static_cast<unsigned>(stored_) + 1);
        const SeqRange range{first, first + below(50)};
        RangeSet proved;
        proved.insert({first, std::min(range.last, stored_)});
        if (first <= stored_) {
            proved_.insert(proved);
            spool.prove(proved);
        }
    }

    void trim(Spool& spool) {
        const auto limit = BootTime(static_cast<std::int64_t>(below(1000)) * now_.count() / 1000);
        trimmed_before_ = std::max(trimmed_before_, limit);
        spool.trim(limit, 500);
    }

    void check() {
        const auto spool = open();
        const auto in_flight = group_.size();
        REQUIRE((spool.last() == stored_ || spool.last() == stored_ + in_flight));
        if (spool.last() == stored_) {
            check_window();
        }
        stored_ = spool.last();
        check_pending(spool);
        check_rows(spool);
        if (below(10) == 0) {
            REQUIRE(Database(path_, Database::Access::read_only).text("PRAGMA integrity_check") ==
                    "ok");
        }
    }

    /// The group that is lost is no older than the window when the power goes: a commit is begun
    /// at that age, and here it takes no time.
    void check_window() const {
        for (const auto& item : group_) {
            const auto at = std::visit([](const auto& content) { return content.at; }, item);
            REQUIRE(now_ - at <= window_);
        }
    }

    void check_pending(const Spool& spool) {
        RangeSet unproved;
        if (stored_ > 0) {
            unproved.insert({1, stored_});
        }
        unproved.erase(proved_);
        const auto& pending = spool.pending();
        for (const auto& range : unproved.ranges()) {
            REQUIRE(pending.count_within(range.first, range.last) == range.size());
        }
        REQUIRE(pending.back().value_or(0) <= stored_);
        // Proofs may have been lost: then the rows are sent again, and proved again.
        proved_.erase(pending);
    }

    void check_rows(const Spool& spool) {
        std::vector<Entry> entries;
        Seq next = 1;
        while (next <= stored_ + 1) {
            auto part = spool.read({next, stored_ + 1000}, 1000, 10'000'000);
            if (part.empty()) {
                break;
            }
            next = part.back().seq + 1;
            std::move(part.begin(), part.end(), std::back_inserter(entries));
        }
        RangeSet found;
        for (const auto& entry : entries) {
            check_entry(entry);
            found.insert({entry.seq, entry.seq});
        }
        REQUIRE(found.size() == entries.size());
        REQUIRE(found.back().value_or(0) == stored_);
        const auto& pending = spool.pending();
        for (const auto& range : pending.ranges()) {
            REQUIRE(found.count_within(range.first, range.last) == range.size());
        }
        if (trimmed_before_ == BootTime(0)) {
            REQUIRE(found.size() == stored_);
        }
    }

    test::TempFolder folder_;
    std::filesystem::path path_ = folder_ / "spool.db";
    std::mt19937 random_;
    test::PowerCutDisk disk_;

    BootTime window_{0}; ///< lose_at_most
    BootTime now_{0};
    BootTime opened_{0};
    std::vector<Item> group_;
    Seq stored_ = 0; ///< append() returned from all up to here
    RangeSet proved_;
    BootTime trimmed_before_{0};
};

void run_cuts(unsigned cuts) {
    const auto seed = static_cast<unsigned>(Catch::rngSeed());
    constexpr unsigned cuts_per_spool = 10;
    for (unsigned round = 0; round < cuts / cuts_per_spool; ++round) {
        INFO("again with --rng-seed " << seed << ", round " << round);
        Campaign campaign(seed * 100'003U + round);
        for (unsigned cut = 0; cut < cuts_per_spool; ++cut) {
            INFO("cut " << cut);
            campaign.live_and_die();
        }
    }
}

} // namespace

TEST_CASE("a power cut loses nothing that append returned from and proves nothing", "[random]") {
    run_cuts(300);
}

TEST_CASE("ten thousand power cuts lose nothing that append returned from", "[.][long]") {
    run_cuts(10'000);
}

TEST_CASE("a spool whose making was cut off is made again") {
    for (unsigned operation = 1; operation <= 40; ++operation) {
        for (unsigned seed = 0; seed < 4; ++seed) {
            INFO("operation " << operation << " seed " << seed);
            const test::TempFolder folder;
            test::PowerCutDisk disk(seed);
            disk.cut_at(operation);
            try {
                const Spool spool(folder / "spool.db", {"boot"}, Log::silent());
            } catch (const Error&) {
                REQUIRE(disk.is_cut());
            }
            disk.power_on();
            CHECK(Spool(folder / "spool.db", {"boot"}, Log::silent()).last() == 0);
        }
    }
}

TEST_CASE("what was proved and trimmed is not pending after a power cut") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    test::PowerCutDisk disk(1);
    {
        Spool spool(path, {"boot"}, Log::silent());
        spool.set_clock(WallTime(0), true);
        for (Seq seq = 1; seq <= 10; ++seq) {
            spool.append(std::vector{Item(Message{"t", "x", 1, false, BootTime(1)})});
        }
        RangeSet proved;
        proved.insert({1, 5});
        spool.prove(proved);
        REQUIRE(spool.trim(BootTime(1000), 100) == 5);
        disk.cut_at(1);
        CHECK_THROWS_AS(spool.append(std::vector{Item(Message{"t", "x", 1, false, BootTime(1)})}),
                        Error);
    }
    disk.power_on();
    const Spool spool(path, {"boot"}, Log::silent());
    CHECK(spool.pending().ranges() == std::vector{SeqRange{6, 10}});
    CHECK(spool.read({1, 10}, 100, 1000).size() == 5);
}

TEST_CASE("with nothing to lose nothing is passed on that a power cut can take", "[random]") {
    const auto seed = static_cast<unsigned>(Catch::rngSeed());
    std::mt19937 random(seed);
    for (unsigned round = 0; round < 100; ++round) {
        INFO("again with --rng-seed " << seed << ", round " << round);
        const test::TempFolder folder;
        test::PowerCutDisk disk(seed + round);
        Seq passed_on = 0;
        {
            Spool spool(folder / "spool.db", {"boot"}, Log::silent());
            const auto series = spool.series({"s", "t", "", Format::senml});
            disk.cut_at(1 + random() % 60);
            boost::asio::io_context loop;
            edge::Storage storage(loop, spool);
            edge::Recorder recorder(
                loop, storage, 0ms,
                {.committed = [&](const auto&,
                                  const auto& stored) { passed_on = stored.range.value().last; },
                 .hold = [] {},
                 .acknowledge = [] {},
                 .trouble = [](const auto&) {}},
                Log::silent());
            for (Seq seq = 1; recorder.trouble().empty(); ++seq) {
                recorder.add(item_of(seq, series, BootTime(1)));
                while (recorder.waiting() > 0 && recorder.trouble().empty()) {
                    loop.restart(); // it has stopped when it had nothing to do
                    loop.run_one();
                }
            }
        }
        disk.power_on();
        const Spool spool(folder / "spool.db", {"boot"}, Log::silent());
        REQUIRE(spool.last() >= passed_on);
        REQUIRE(spool.last() <= passed_on + 1);
        REQUIRE(spool.pending().size() == spool.last());
        for (const auto& entry : spool.read({1, spool.last()}, 100'000, 1'000'000'000)) {
            check_entry(entry);
        }
    }
}
