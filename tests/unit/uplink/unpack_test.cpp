#include "edge/uplink/packer.hpp"
#include "edge/uplink/unpack.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <random>

using namespace holdfast;
using namespace holdfast::uplink;

namespace {

const std::string site = "shed";
const std::string epoch = "0badcafe";

/// Rows of several series, with steps, jumps, equal times, clocks that go back and all kinds of
/// values.
class RandomRows {
public:
    explicit RandomRows(unsigned seed)
        : engine_(seed) {}

    std::vector<Row> some() {
        std::vector<Row> rows;
        const auto count = 1 + below(400);
        const auto regular = below(2) == 0;
        for (std::size_t i = 0; i < count; ++i) {
            seq_ += regular && below(20) != 0 ? 1 : 1 + below(1'000'000);
            at_ += std::chrono::microseconds(static_cast<std::int64_t>(below(5'000'000)) - 500'000);
            const auto& series = all_.at(regular && below(20) != 0 ? i % 3 : below(all_.size()));
            rows.push_back({seq_, at_, Row::Measured{series, value()}});
            decorate(rows.back());
        }
        return rows;
    }

    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_);
    }

private:
    double value() {
        switch (below(4)) {
        case 0:
            return static_cast<double>(below(1000)) / 10;
        case 1:
            return -std::ldexp(std::uniform_real_distribution<double>(1, 2)(engine_),
                               static_cast<int>(below(2000)) - 1000);
        case 2:
            return 0;
        default:
            return std::uniform_real_distribution<double>(-1e6, 1e6)(engine_);
        }
    }

    void decorate(Row& row) {
        auto& measured = std::get<Row::Measured>(row.content);
        if (below(30) == 0) {
            measured.spread =
                Spread{2 + below(100), value(), value(), std::chrono::milliseconds(below(10'000))};
        }
        if (below(30) == 0) {
            clock_ = below(3);
        }
        if (clock_ > 0) { // one boot has an uncertainty, the other none
            row.guess = Row::Guess{static_cast<std::int64_t>(clock_),
                                   row.at - boots_.at(clock_ - 1), std::nullopt};
            row.guess->uncertainty =
                clock_ == 2 ? std::optional<WallTime>(std::chrono::seconds(90)) : std::nullopt;
        }
    }

    const std::vector<Series> all_{{"room", "house/room", "Cel", Format::senml},
                                   {"lux", "lux", "lx", Format::senml},
                                   {"count", "a/b/c", "", Format::senml},
                                   {"room", "house/room", "K", Format::senml}};
    const std::array<WallTime, 2> boots_{std::chrono::milliseconds(1'699'999'000'042),
                                         std::chrono::seconds(1'690'000'000)};
    std::mt19937 engine_;
    std::size_t clock_ = 0; ///< 0 is set
    Seq seq_ = 0;
    WallTime at_ = std::chrono::milliseconds(1'700'000'000'123);
};

UnpackedReading expected(const Row& row) {
    const auto& measured = std::get<Row::Measured>(row.content);
    auto guess = row.guess;
    if (guess) {
        guess->since_boot = std::chrono::floor<std::chrono::milliseconds>(guess->since_boot);
    }
    return {.name = site + "/" + measured.series.get().topic,
            .unit = measured.series.get().unit,
            .at = std::chrono::floor<std::chrono::milliseconds>(row.at),
            .value = measured.value,
            .epoch = epoch,
            .seq = row.seq,
            .guess = guess};
}

void sort(std::vector<UnpackedReading>& readings) {
    std::sort(readings.begin(), readings.end(),
              [](const auto& a, const auto& b) { return a.seq < b.seq; });
}

} // namespace

TEST_CASE("what was packed is read back with every name and unit and time and value and seq") {
    const auto first = static_cast<unsigned>(Catch::rngSeed());
    for (auto seed = first; seed < first + 300; ++seed) {
        INFO("seed " << seed);
        RandomRows random(seed);
        const auto rows = random.some();
        std::vector<UnpackedReading> put;
        std::transform(rows.begin(), rows.end(), std::back_inserter(put), expected);
        std::vector<UnpackedReading> got;
        for (const auto& batch :
             pack(rows, {site, epoch, 200 + random.below(8000), random.below(5) == 0})) {
            const auto readings = unpack(batch.payload);
            REQUIRE(readings);
            CHECK(std::all_of(readings->begin(), readings->end(), [&](const auto& reading) {
                return reading.name == site + "/" + batch.topic && batch.rows.contains(reading.seq);
            }));
            got.insert(got.end(), readings->begin(), readings->end());
        }
        sort(got);
        REQUIRE(got == put);
    }
}

TEST_CASE("a pack may name its readings in the other ways that RFC 8428 has") {
    const auto readings = unpack(R"([{"bn":"shed/","bt":100,"bu":"Cel","epoch":"e","n":"a","seq":1,
        "v":1},{"n":"b","u":"lx","t":-0.5,"seq":9,"v":2},{"bn":"hut/","n":"a","step":4,"v":3}])");
    const std::vector<UnpackedReading> all{
        {"shed/a", "Cel", std::chrono::seconds(100), 1, "e", 1},
        {"shed/b", "lx", std::chrono::milliseconds(99'500), 2, "e", 9},
        {"hut/a", "Cel", std::chrono::seconds(100), 3, "e", 13}};
    CHECK(readings == all);
}

TEST_CASE("what is no pack of ours is not taken for one") {
    for (const char* const payload : std::array{
             "", "[", "21.5", "{}", "[]", "[1]", R"([{"n":"a","v":1}])",
             R"([{"bn":"a","epoch":"e","v":1}])", R"([{"bn":"a","seq":1,"v":1}])",
             R"([{"bn":"a","epoch":"e","seq":1}])", R"([{"bn":1,"epoch":"e","seq":1,"v":1}])",
             R"([{"bn":"a","epoch":"e","seq":1,"v":"1"}])",
             R"([{"bn":"a","epoch":"e","seq":-1,"v":1}])",
             R"([{"bn":"a","epoch":"e","seq":1e300,"v":1}])",
             R"([{"bn":"a","epoch":"e","seq":1,"v":1,"bt":1e300}])",
             R"([{"bn":"a","epoch":"e","seq":1,"v":1},{"v":null}])"}) {
        INFO(payload);
        CHECK_FALSE(unpack(payload));
    }
}
