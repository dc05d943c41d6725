#include "core/error.hpp"
#include "edge/history/desk.hpp"
#include "edge/history/request.hpp"
#include "support/catch.hpp"

#include <utility>
#include <vector>

using namespace holdfast;
using namespace holdfast::history;
using namespace std::chrono_literals;

namespace {

constexpr WallTime now(1'700'000'000'000'000);

} // namespace

TEST_CASE("a request for history names what it wants") {
    const auto plain = parse_request(R"({"series":"room"})", now);
    CHECK(plain.series == "room");
    CHECK_FALSE(plain.since);
    CHECK_FALSE(plain.until);
    CHECK_FALSE(plain.points);
    CHECK(plain.rows == 1000);
    CHECK(plain.format == TextFormat::json);
    CHECK_FALSE(plain.page);

    const auto full = parse_request(R"({"id":"7","series":"room","since":"2h","until":1700000000.5,
        "rows":5,"format":"csv","page":"2-1-77-3"})",
                                    now);
    CHECK(full.since == now - 2h);
    CHECK(full.until == now + 500ms);
    CHECK(full.rows == 5);
    CHECK(full.format == TextFormat::csv);
    CHECK(full.page == spool::History::Place{2, true, BootTime(77), 3});

    CHECK(parse_request(R"({"series":"room","points":1000})", now).points == 1000);
    CHECK(parse_request("{}", now).series.empty());
}

TEST_CASE("a request for history that is wrong is refused in words") {
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"", "a request is a JSON object"},
        {"room", "a request is a JSON object"},
        {"[1]", "a request is a JSON object"},
        {std::string(longest_request_bytes + 1, ' '), "at most 4096 bytes"},
        {R"({"serie":"room"})", "did you mean 'series'?"},
        {R"({"wholly":"other"})", "there is no key \"wholly\""},
        {R"({"series":7})", "series: a text is expected"},
        {R"({"id":7})", "id: a text is expected"},
        {R"({"id":")" + std::string(101, 'x') + R"("})", "id: at most 100 bytes"},
        {R"({"since":"yesterday"})", "since: "},
        {R"({"since":1e300})", "since: \"2h\" ago"},
        {R"({"until":[]})", "until: \"2h\" ago"},
        {R"({"since":"1h","until":"2h"})", "until: lies before 'since'"},
        {R"({"points":0})", "points: a whole number from 1 to 1000"},
        {R"({"points":1001})", "points: a whole number from 1 to 1000"},
        {R"({"points":-1})", "points: a whole number"},
        {R"({"rows":5001})", "rows: a whole number from 1 to 5000"},
        {R"({"rows":"5"})", "rows: a whole number"},
        {R"({"points":5,"rows":5})", "points: come in one answer"},
        {R"({"points":5,"page":"1-1-1-1"})", "points: come in one answer"},
        {R"({"format":"xml"})", "format: json, csv or senml"},
        {R"({"page":"1-1-1"})", "page: "},
        {R"({"page":"1-1-1-x"})", "page: "},
        {R"({"page":"1-1--1-1"})", "page: "},
        {R"({"page":"1-1-9223372036854775807-1"})", "page: "},
    };
    for (const auto& [text, reason] : wrong) {
        INFO(text);
        CHECK_THROWS_WITH(parse_request(text, now), ContainsSubstring(reason));
    }
}

TEST_CASE("the id of a wrong request is known where it is one") {
    CHECK(id_of(R"({"id":"a","points":0})") == "a");
    CHECK(id_of(R"({"id":7})").empty());
    CHECK(id_of(R"({"id":")" + std::string(101, 'x') + R"("})").empty());
    CHECK(id_of("{").empty());
    CHECK(id_of(R"({"id":"a"})" + std::string(longest_request_bytes, ' ')).empty());
}

TEST_CASE("a page is a word and back") {
    const spool::History::Place place{12, false, BootTime(1'234'567), 8};
    CHECK(parse_page(page_word(place)) == place);
}

TEST_CASE("answers go to the history topics and nowhere else") {
    CHECK(answer_topic("holdfast/get/history", "") == "holdfast/history");
    CHECK(answer_topic("holdfast/get/history/owner/1", "") == "holdfast/history/owner/1");
    CHECK(answer_topic("holdfast/get/history", "holdfast/history/owner") ==
          "holdfast/history/owner");
    for (const auto* const topic :
         {"outputs/heating", "holdfast/up/x", "holdfast/historyx", "holdfast/history/+", "#"}) {
        INFO(topic);
        CHECK_THROWS_AS(answer_topic("holdfast/get/history", topic), Error);
    }
}
