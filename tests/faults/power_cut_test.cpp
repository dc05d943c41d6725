// The power goes at any write or sync: what append() returned from is there afterwards, nothing
// unproved has become history, and a window of time costs what it says (promises P1, P3, P4).

#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "support/catch.hpp"
#include "support/power_cut_disk.hpp"
#include "support/temp_folder.hpp"
#include "told_by_seq.hpp"

#include <array>
#include <random>

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;

namespace {

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
