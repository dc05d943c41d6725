#include "core/error.hpp"
#include "edge/repeats.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::edge;
using namespace std::chrono_literals;

namespace {

const std::string lamp = "outputs/lamp";

CloudOrder plain(const std::string& text) {
    return {{}, text};
}

} // namespace

TEST_CASE("an order of the cloud is plain text or JSON with an id") {
    CHECK(read_order("toggle").text == "toggle");
    CHECK(read_order("toggle").id.empty());
    CHECK(read_order(R"({"id":"7","order":"toggle"})").id == "7");
    CHECK(read_order(R"({"id":"7","order":"toggle"})").text == "toggle");
    CHECK(read_order(R"({"id":7,"interval":5})").id == "7");
    CHECK(read_order(R"({"id":7,"interval":5})").text == R"({"id":7,"interval":5})");
    CHECK(read_order(R"({"interval":5})").id.empty());
    CHECK(read_order("").text.empty());
    CHECK(read_order("{\"id\":").text == "{\"id\":");
}

TEST_CASE("an order of the cloud with an unusable id is refused") {
    CHECK_THROWS_AS(read_order(R"({"id":1.5,"order":"on"})"), Error);
    CHECK_THROWS_AS(read_order(R"({"id":"","order":"on"})"), Error);
    CHECK_THROWS_AS(read_order(R"({"id":")" + std::string(65, 'x') + R"(","order":"on"})"), Error);
    CHECK_THROWS_AS(read_order(R"({"id":"1","order":1})"), Error);
    CHECK_THROWS_AS(read_order(std::string(CloudOrder::longest + 1, 'x')), Error);
}

TEST_CASE("equal orders on one connection are two orders") {
    Repeats repeats;
    repeats.reconnected(0s);
    CHECK_FALSE(repeats.is_repeat(lamp, plain("toggle"), 1s));
    CHECK_FALSE(repeats.is_repeat(lamp, plain("toggle"), 2s));
}

TEST_CASE("an id is carried out once on its topic") {
    Repeats repeats;
    CHECK_FALSE(repeats.is_repeat(lamp, {"7", "toggle"}, 1s));
    CHECK(repeats.is_repeat(lamp, {"7", "toggle"}, 2s));
    CHECK(repeats.is_repeat(lamp, {"7", "off"}, 500s));
    CHECK_FALSE(repeats.is_repeat("outputs/door", {"7", "toggle"}, 3s));
    CHECK_FALSE(repeats.is_repeat(lamp, {"8", "toggle"}, 4s));
}

TEST_CASE("what a new connection brings again is a repeat") {
    Repeats repeats;
    for (const auto* const text : {"on", "toggle", "toggle"}) {
        CHECK_FALSE(repeats.is_repeat(lamp, plain(text), 1s));
    }
    repeats.reconnected(2s);
    CHECK(repeats.is_repeat(lamp, plain("toggle"), 3s));
    CHECK(repeats.is_repeat(lamp, plain("toggle"), 3s));
    CHECK_FALSE(repeats.is_repeat(lamp, plain("toggle"), 3s)); // there were only two
}

TEST_CASE("after something new nothing older is expected again") {
    Repeats repeats;
    CHECK_FALSE(repeats.is_repeat(lamp, plain("on"), 1s));
    CHECK_FALSE(repeats.is_repeat(lamp, plain("off"), 1s));
    repeats.reconnected(2s);
    CHECK(repeats.is_repeat(lamp, plain("off"), 3s));
    CHECK_FALSE(repeats.is_repeat(lamp, plain("toggle"), 3s));
    CHECK_FALSE(repeats.is_repeat(lamp, plain("on"), 3s));
}

TEST_CASE("doubt ends with time") {
    Repeats repeats;
    CHECK_FALSE(repeats.is_repeat(lamp, plain("pulse 2s"), 1s));
    repeats.reconnected(2s);
    CHECK_FALSE(repeats.is_repeat(lamp, plain("pulse 2s"), 2s + Repeats::doubt));
}

TEST_CASE("what was carried out is known after a restart") {
    Repeats before;
    CHECK_FALSE(before.is_repeat(lamp, plain("toggle"), 1s));
    CHECK_FALSE(before.is_repeat(lamp, {"7", "on"}, 1s));
    Repeats after(before.str());
    after.reconnected(0s);
    CHECK(after.is_repeat(lamp, plain("toggle"), 1s));
    CHECK(after.is_repeat(lamp, {"7", "on"}, 100s));
}

TEST_CASE("what is remembered of a topic is bounded") {
    Repeats repeats;
    for (int i = 0; i < 1000; ++i) {
        CHECK_FALSE(repeats.is_repeat(lamp, {std::to_string(i), "on"}, 1s));
        CHECK_FALSE(repeats.is_repeat(lamp, plain("text " + std::to_string(i)), 1s));
    }
    CHECK(repeats.str().size() < 3000);
    CHECK(repeats.is_repeat(lamp, {"999", "on"}, 1s));
    CHECK_FALSE(repeats.is_repeat(lamp, {"1", "on"}, 1s));
}

TEST_CASE("a memory that cannot be read is an empty one") {
    for (const auto* const kept : {"", "[]", "{", R"({"a":1})", R"({"a":{"ids":1,"texts":[2]}})"}) {
        Repeats repeats(kept);
        CHECK_FALSE(repeats.is_repeat("a", plain("on"), 1s));
    }
}
