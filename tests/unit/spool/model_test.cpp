#include "edge/spool/spool.hpp"
#include "edge/spool/sqlite.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <map>
#include <random>
#include <set>

using namespace holdfast;
using namespace holdfast::spool;

namespace {

/// What a spool should hold, in the simplest way to say it, and random operations on both.
class ModelTest {
public:
    explicit ModelTest(unsigned seed)
        : random_(seed) {
        reopen();
    }

    void step() {
        const unsigned operation = below(20);
        if (operation < 8) {
            append();
        } else if (operation < 14) {
            prove();
        } else if (operation < 17) {
            trim();
        } else if (operation < 18) {
            spool_->save_receipts();
        } else {
            reopen();
        }
        check();
    }

    void check_table() {
        spool_.reset();
        Database database(folder_ / "spool.db", Database::Access::read_only);
        CHECK(database.number("SELECT count(*) FROM pending") <=
              static_cast<std::int64_t>(pending_.size()) + 1);
        CHECK(database.number("SELECT count(*) FROM pending WHERE last IS NULL") == 1);
        CHECK(database.text("PRAGMA integrity_check") == "ok");
    }

private:
    unsigned below(unsigned bound) {
        return std::uniform_int_distribution<unsigned>(0, bound - 1)(random_);
    }

    void reopen() {
        spool_.reset();
        spool_.emplace(folder_ / "spool.db", Spool::Options{"boot"}, Log::silent());
        spool_->set_clock(WallTime(0), true);
        series_ = spool_->series({"s", "t", "", Format::senml});
    }

    Item random_item() {
        now_ += BootTime(below(1000));
        if (below(10) == 0) {
            return Message{"topic", std::string(below(3000), 'x'), 1, false, now_};
        }
        return Sample{series_, below(100000) / 100.0, now_, below(5) != 0};
    }

    void append() {
        std::vector<Item> items;
        for (unsigned count = below(below(4) == 0 ? 400 : 12); count > 0; --count) {
            items.push_back(random_item());
            const auto* const sample = std::get_if<Sample>(&items.back());
            if (sample == nullptr || sample->up) {
                ++last_;
                rows_[last_] = items.back();
                pending_.insert(last_);
            }
        }
        const auto range = spool_->append(items);
        CHECK((range ? range->last : spool_->last()) == last_);
    }

    void prove() {
        RangeSet proved;
        for (unsigned count = below(4); count > 0; --count) {
            const Seq first = 1 + below(static_cast<unsigned>(last_) + 5);
            const Seq last = first + below(below(3) == 0 ? 300 : 10);
            proved.insert({first, last});
            pending_.erase(pending_.lower_bound(first), pending_.upper_bound(last));
        }
        spool_->prove(proved);
    }

    // Blocks go whole, so the model only knows what must stay and what may go.
    void trim() {
        const auto limit = BootTime(below(static_cast<unsigned>(now_.count()) + 1));
        spool_->trim(limit, 1 + below(200));
        std::set<Seq> left;
        for (const auto& entry : spool_->read({1, last_ + 1}, 1'000'000, 1'000'000'000)) {
            left.insert(entry.seq);
        }
        for (auto row = rows_.begin(); row != rows_.end();) {
            const auto at = std::visit([](const auto& content) { return content.at; }, row->second);
            const bool may_go = !pending_.contains(row->first) && at < limit && row->first != last_;
            if (!left.contains(row->first)) {
                REQUIRE(may_go);
                row = rows_.erase(row);
            } else {
                ++row;
            }
        }
    }

    void check() {
        REQUIRE(spool_->last() == last_);
        REQUIRE(spool_->pending().size() == pending_.size());
        for (const Seq seq : pending_) {
            REQUIRE(spool_->pending().contains(seq));
        }
        const Seq from = 1 + below(static_cast<unsigned>(last_) + 1);
        const SeqRange range{from, from + below(200)};
        auto expected = rows_.lower_bound(range.first);
        for (const auto& entry : spool_->read(range, 1000, 100'000'000)) {
            REQUIRE(expected != rows_.end());
            REQUIRE(entry.seq == expected->first);
            check_same(entry, expected->second);
            ++expected;
        }
        REQUIRE((expected == rows_.end() || expected->first > range.last));
    }

    static void check_same(const Entry& entry, const Item& item) {
        REQUIRE(entry.at == std::visit([](const auto& content) { return content.at; }, item));
        if (const auto* const sample = std::get_if<Sample>(&item)) {
            const ReadingRow row{sample->series, sample->value};
            REQUIRE(std::get<ReadingRow>(entry.content) == row);
        } else {
            REQUIRE(std::get<Message>(entry.content).payload == std::get<Message>(item).payload);
        }
    }

    test::TempFolder folder_;
    std::mt19937 random_;
    std::optional<Spool> spool_;
    SeriesId series_ = 0;
    BootTime now_{0};
    Seq last_ = 0;
    std::map<Seq, Item> rows_;
    std::set<Seq> pending_;
};

} // namespace

TEST_CASE("a spool behaves like a map and a set under random operations", "[random]") {
    const auto seed = static_cast<unsigned>(Catch::rngSeed());
    for (unsigned round = 0; round < 6; ++round) {
        INFO("seed " << seed << " round " << round);
        ModelTest test(seed + round);
        for (int step = 0; step < 120; ++step) {
            test.step();
        }
        test.check_table();
    }
}
