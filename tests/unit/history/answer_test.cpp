#include "core/error.hpp"
#include "edge/history/answer.hpp"
#include "edge/spool/spool.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <nlohmann/json.hpp>

#include <numeric>

using namespace holdfast;
using namespace holdfast::history;
using namespace std::chrono_literals;

namespace {

constexpr WallTime start(1'700'000'000'000'000);
constexpr WallTime now = start + 1h;

/// `up` goes up and `local` stays: values 1 to 100, two of them at each moment, over two boots.
void fill(const std::filesystem::path& path) {
    double value = 0;
    for (const auto* const boot : {"one", "two"}) {
        spool::Spool spool(path, {boot}, Log::silent());
        spool.set_clock(value == 0 ? start : start + 100s, true);
        const auto up = spool.series({"up", "t/up", "Cel", Format::senml});
        const auto local = spool.series({"local", "t/local", "Cel", Format::senml});
        for (int moment = 1; moment <= 25; ++moment) {
            std::vector<spool::Item> items;
            for (int twin = 0; twin < 2; ++twin) {
                value += 1;
                items.emplace_back(spool::Sample{up, value, std::chrono::seconds(moment), true});
                items.emplace_back(
                    spool::Sample{local, value, std::chrono::seconds(moment), false});
            }
            spool.append(items);
        }
    }
}

struct Filled {
    test::TempFolder folder;
    std::filesystem::path path = folder / "spool.db";
    Filled() { fill(path); }

    std::string text(const std::string& request,
                     const std::function<void()>& interrupted = {}) const {
        return answer(spool::History(path), parse_request(request, now), id_of(request), "site",
                      interrupted);
    }
    nlohmann::json json(const std::string& request) const {
        return nlohmann::json::parse(text(request));
    }
};

} // namespace

TEST_CASE("pages of history make up the whole without a value lost or twice") {
    const Filled filled;
    const std::string series = GENERATE("up", "local");
    const auto rows = GENERATE(1, 3, 7, 50, 100, 101);
    std::vector<double> values;
    std::string page;
    std::size_t pages = 0;
    do {
        nlohmann::json request{{"series", series}, {"rows", rows}};
        if (!page.empty()) {
            request["page"] = page;
        }
        const auto answer = filled.json(request.dump());
        for (const auto& value : answer["values"]) {
            values.push_back(value["value"]);
        }
        page = answer.value("next", "");
        ++pages;
    } while (!page.empty() && pages <= 101);
    std::vector<double> expected(100);
    std::iota(expected.begin(), expected.end(), 1);
    CHECK(values == expected);
    CHECK(pages == static_cast<std::size_t>((99 + rows) / rows));
}

TEST_CASE("an answer is JSON in every format and bears the id") {
    const Filled filled;
    const auto json = filled.json(R"({"id":"a","series":"up","rows":2})");
    CHECK(json["id"] == "a");
    CHECK(json["series"] == "up");
    CHECK(json["values"].size() == 2);
    CHECK(json["values"][0]["time"] == "2023-11-14T22:13:21.000Z");
    CHECK(json.contains("next"));

    const auto csv = filled.json(R"({"series":"up","rows":1,"format":"csv"})");
    CHECK_FALSE(csv.contains("id"));
    CHECK(csv["values"] == "time,value,unit,synchronised\n2023-11-14T22:13:21.000Z,1,Cel,true\n");

    const auto senml = filled.json(R"({"series":"up","rows":1,"format":"senml"})");
    CHECK(senml["values"][0]["bn"] == "site/");
    CHECK(senml["values"][0]["v"] == 1);

    const auto none = filled.json(R"({"series":"up","since":1800000000})");
    CHECK(none["values"].empty());
    CHECK_FALSE(none.contains("next"));
    CHECK(filled.json("{}")["series"] == nlohmann::json{"local", "up"});
}

TEST_CASE("points stand for all values of their part of the time") {
    const Filled filled;
    const auto json = filled.json(R"({"series":"local","points":4})");
    std::uint64_t count = 0;
    for (const auto& bucket : json["values"]) {
        count += bucket["count"].get<std::uint64_t>();
    }
    CHECK(json["values"].size() <= 4);
    CHECK(count == 100);
    CHECK(json["values"][0]["min"] == 1);
}

TEST_CASE("a page has no more bytes than its bound and a value") {
    const test::TempFolder folder;
    const auto path = folder / "spool.db";
    {
        spool::Spool spool(path, {"one"}, Log::silent());
        spool.set_clock(start, true);
        const auto series = spool.series({"wide", "t", std::string(200, 'u'), Format::senml});
        std::vector<spool::Item> items;
        items.reserve(2000);
        for (int i = 0; i < 2000; ++i) {
            items.emplace_back(spool::Sample{series, 1.0 / (i + 3), std::chrono::seconds(i), true});
        }
        spool.append(items);
    }
    const auto text = answer(spool::History(path),
                             parse_request(R"({"series":"wide","rows":5000})", now), "", "s", {});
    CHECK(text.size() < largest_page_bytes + 1000);
    const auto json = nlohmann::json::parse(text);
    CHECK(json["values"].size() > 100);
    CHECK(json["values"].size() < 2000);
    CHECK(json.contains("next"));
}

TEST_CASE("work on an answer can be ended and an unknown series has a suggestion") {
    const Filled filled;
    CHECK_THROWS_WITH(filled.text(R"({"series":"up"})", [] { throw Error("enough"); }), "enough");
    CHECK_THROWS_WITH(filled.text(R"({"series":"upp"})"),
                      ContainsSubstring("there is no series 'upp'; did you mean 'up'?"));
    CHECK(nlohmann::json::parse(refusal("x", "no \"such\"")) ==
          nlohmann::json{{"id", "x"}, {"error", "no \"such\""}});
}
