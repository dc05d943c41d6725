#include "core/error.hpp"
#include "core/topic.hpp"
#include "support/catch.hpp"

using namespace holdfast;

TEST_CASE("a topic filter matches exactly what MQTT 4.7 says") {
    struct Row {
        std::string filter;
        std::string name;
        bool matches;
    };
    const auto row = GENERATE(values<Row>({
        {"a", "a", true},
        {"a", "b", false},
        {"a/b", "a", false},
        {"a", "a/b", false},
        {"a/+", "a/b", true},
        {"a/+", "a", false},
        {"a/+", "a/b/c", false},
        {"a/+", "a/", true},
        {"+", "/a", false},
        {"+/+", "/a", true},
        {"/+", "/a", true},
        {"#", "a/b/c", true},
        {"#", "/", true},
        {"a/#", "a", true},
        {"a/#", "a/b/c", true},
        {"a/#", "ab", false},
        {"a/+/#", "a", false},
        {"a/+/#", "a/b", true},
        {"+/#", "a", true},
        {"a//b", "a//b", true},
        {"a/+/b", "a//b", true},
        {"#", "$SYS/uptime", false},
        {"+/uptime", "$SYS/uptime", false},
        {"$SYS/#", "$SYS/uptime", true},
        {"$SYS/#", "$SYS", true},
        {"a/$SYS/#", "a/$SYS/x", true},
        {"a/", "a", false},
        {"a", "a/", false},
    }));
    CAPTURE(row.filter, row.name);
    CHECK(TopicFilter(row.filter).matches(TopicName(row.name)) == row.matches);
}

TEST_CASE("a topic filter that breaks a rule is refused and the rule named") {
    CHECK_THROWS_WITH(TopicFilter(""), ContainsSubstring("empty"));
    CHECK_THROWS_WITH(TopicFilter("a+"), ContainsSubstring("'+' must stand alone"));
    CHECK_THROWS_WITH(TopicFilter("a/#/b"), ContainsSubstring("'#' must stand alone"));
    CHECK_THROWS_WITH(TopicFilter("a#"), ContainsSubstring("'#' must stand alone"));
    CHECK_THROWS_WITH(TopicFilter("\xc0\x80"), ContainsSubstring("UTF-8"));
    CHECK_THROWS_WITH(TopicFilter(std::string("a\0b", 3)), ContainsSubstring("NUL"));
    CHECK_THROWS_WITH(TopicFilter(std::string(65'536, 'a')), ContainsSubstring("65535"));
}

TEST_CASE("a topic name with a wildcard is refused") {
    CHECK_THROWS_WITH(TopicName("a/+"), ContainsSubstring("wildcard"));
    CHECK_THROWS_WITH(TopicName("#"), ContainsSubstring("wildcard"));
    CHECK(TopicName("a b/ü").str() == "a b/ü");
}
