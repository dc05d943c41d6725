// Random operations on a small spool that is full most of the time, and a simple account of what
// must be in it: every reading is stored, told as a gap, or both, and nothing else is.

#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <map>
#include <random>

using namespace holdfast;
using namespace holdfast::spool;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t max_bytes = 300'000;

class FullModel {
public:
    FullModel(unsigned seed, WhenFull when_full)
        : random_(seed)
        , when_full_(when_full) {
        reopen();
    }

    void step() {
        const unsigned operation = below(20);
        if (operation < 9) {
            append();
        } else if (operation < 11) {
            prove();
        } else if (operation < 13) {
            hand_over();
        } else if (operation < 19) {
            keep_up();
        } else {
            reopen();
        }
        REQUIRE(spool_->pending() == pending_);
        REQUIRE(spool_->urgent() == urgent_);
    }

    /// Reads everything, so not at every step.
    void check() const {
        // Everything pending is covered by exactly one row.
        RangeSet covered;
        bool sound = true;
        for (const auto& range : pending_.ranges()) {
            for (const auto& entry : spool_->read(range, 10'000'000, 1'000'000'000)) {
                sound = sound && covered.within(entry.covers).empty() && is_sound(entry);
                covered.insert(entry.covers);
            }
        }
        CHECK(sound);
        REQUIRE(covered == pending_);
        bool untouched = true;
        for (const auto& range : busy_.ranges()) {
            for (const auto& entry : spool_->read(range, 10'000'000, 1'000'000'000)) {
                untouched = untouched && same(entry, handed_over_.at(entry.seq));
            }
        }
        REQUIRE(untouched);
    }

    void check_file() {
        spool_.reset();
        Database database(folder_ / "spool.db", Database::Access::read_only);
        CHECK(database.text("PRAGMA integrity_check") == "ok");
        CHECK(database.number("SELECT coalesce(sum(bytes), 0) FROM thinned") ==
              database.number("SELECT coalesce(sum(length(data)), 0) FROM up_block "
                              "WHERE level > 0 AND priority = 0"));
    }
    std::uint64_t lost(GapKind kind) const {
        const auto lost = spool_->stats().lost;
        return lost.contains(kind) ? lost.at(kind) : 0;
    }

private:
    unsigned below(unsigned bound) {
        return std::uniform_int_distribution<unsigned>(0, bound - 1)(random_);
    }

    void reopen() {
        spool_.reset();
        spool_.emplace(folder_ / "spool.db", Spool::Options{"boot", max_bytes, when_full_},
                       Log::silent());
        spool_->set_clock(0s, true);
        for (int i = 0; i < 4; ++i) {
            const auto name = std::to_string(i);
            series_[i] = spool_->series({name, name, "", Format::senml, i == 0});
        }
        busy_.clear(); // nothing is handed over before the spool is open
    }

    void append() {
        std::vector<Item> items;
        RangeSet urgent;
        Seq next = spool_->last() + 1;
        for (unsigned count = 1 + below(1500); count > 0; --count) {
            now_ += BootTime(below(100'000));
            if (below(50) == 0) {
                items.emplace_back(Message{"m", std::string(below(300), 'x'), 1, false, now_});
            } else {
                const auto which = static_cast<int>(below(40) == 0 ? 0 : 1 + below(3));
                items.emplace_back(Sample{series_[which], below(10'000) / 100.0, now_, true});
                if (which == 0) {
                    urgent.insert({next, next});
                }
            }
            ++next;
        }
        try {
            pending_.insert(*spool_->append(items));
            urgent_.insert(urgent);
        } catch (const SpoolFull&) {
            return; // the recorder would keep them and try again
        }
    }

    /// A receipt for what one read gave, as the uplink proves it.
    void prove() {
        for (const auto& entry : read_somewhere()) {
            RangeSet proved;
            proved.insert(entry.covers);
            spool_->prove(proved);
            pending_.erase(proved);
            urgent_.erase(proved);
            busy_.erase(proved);
        }
    }

    void hand_over() {
        for (const auto& entry : read_somewhere()) {
            busy_.insert(entry.covers);
            handed_over_.insert_or_assign(entry.seq, entry);
        }
    }

    std::vector<Entry> read_somewhere() {
        if (pending_.empty()) {
            return {};
        }
        const Seq from = 1 + below(static_cast<unsigned>(spool_->last()));
        const auto range = pending_.first_within(from, spool_->last());
        return range ? spool_->read(*range, 1 + below(200), 1'000'000) : std::vector<Entry>{};
    }

    void keep_up() {
        const auto since = BootTime(below(4) == 0 ? below(static_cast<unsigned>(now_.count())) : 0);
        for (bool more = true; more;) {
            const auto done = spool_->upkeep(since, busy_);
            RangeSet touched = done.dropped;
            touched.erase(pending_);
            REQUIRE(touched.empty());
            for (const auto& range : done.dropped.ranges()) {
                REQUIRE(busy_.within(range).empty());
            }
            pending_.erase(done.dropped);
            urgent_.erase(done.dropped);
            more = done.more;
        }
        REQUIRE(spool_->stats().file_bytes <= max_bytes * 105 / 100);
    }

    static bool is_sound(const Entry& entry) {
        const auto* const row = std::get_if<ReadingRow>(&entry.content);
        return row == nullptr || !row->spread ||
               (row->spread->count >= 2 && row->spread->least <= row->value &&
                row->value <= row->spread->greatest && row->spread->span.count() >= 0);
    }

    static bool same(const Entry& one, const Entry& other) {
        const auto* const row = std::get_if<ReadingRow>(&one.content);
        return one.content.index() == other.content.index() &&
               (row == nullptr || *row == std::get<ReadingRow>(other.content));
    }

    test::TempFolder folder_;
    std::mt19937 random_;
    WhenFull when_full_;
    std::optional<Spool> spool_;
    std::map<int, SeriesId> series_;
    BootTime now_{1};
    RangeSet pending_;
    RangeSet urgent_;
    RangeSet busy_;
    std::map<Seq, Entry> handed_over_;
};

void run_model(unsigned seed, int steps) {
    for (const auto when_full : {WhenFull::thin, WhenFull::drop_oldest, WhenFull::refuse}) {
        INFO("seed " << seed << " when_full " << static_cast<int>(when_full));
        FullModel model(seed, when_full);
        for (int step = 0; step < steps; ++step) {
            INFO("step " << step);
            model.step();
            if (step % 20 == 0) {
                model.check();
            }
        }
        model.check();
        CHECK((model.lost(GapKind::thinned) > 0) == (when_full == WhenFull::thin));
        CHECK((model.lost(GapKind::dropped) > 0) == (when_full != WhenFull::refuse));
        model.check_file();
    }
}

} // namespace

TEST_CASE("a full spool keeps its account under random operations", "[random]") {
    run_model(static_cast<unsigned>(Catch::rngSeed()), 100);
}

TEST_CASE("a full spool keeps its account under many more random operations", "[.][long]") {
    run_model(static_cast<unsigned>(Catch::rngSeed()), 500);
}
