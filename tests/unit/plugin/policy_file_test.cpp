#include "core/error.hpp"
#include "plugin/policy_file.hpp"
#include "support/catch.hpp"

using namespace holdfast;

using Access = PolicyRule::Access;

TEST_CASE("a policy line is read as Mosquitto reads it") {
    struct Row {
        std::string text;
        Access access;
        std::string filter;
    };
    const auto row = GENERATE(values<Row>({
        {"topic a/b", Access::readwrite, "a/b"},
        {"topic read a/b", Access::read, "a/b"},
        {"topic write a/b", Access::write, "a/b"},
        {"topic readwrite a/b", Access::readwrite, "a/b"},
        {"topic deny a/b", Access::deny, "a/b"},
        {"  topic   read   a/b  \r", Access::read, "a/b"},
        {"topic read a b", Access::read, "a b"},
        {"topic read", Access::readwrite, "read"},
        {"topic read \t", Access::readwrite, "read"},
        {"topic deny", Access::readwrite, "deny"},
        {"topic read \ta", Access::read, "a"},
        {"topic #", Access::readwrite, "#"},
        {"topic read #", Access::read, "#"},
        {"topic read a/%u", Access::read, "a/%u"},
    }));
    CAPTURE(row.text);
    const auto rules = parse_policy(row.text, "policy");
    REQUIRE(rules.size() == 1);
    CHECK(rules[0].access == row.access);
    CHECK(rules[0].filter == row.filter);
    CHECK_FALSE(rules[0].pattern);
    CHECK_FALSE(rules[0].user);
    CHECK(rules[0].line == 1);
}

TEST_CASE("rules belong to the user block that they stand in and patterns to nobody") {
    const auto rules = parse_policy("# comment\n\ntopic a\nuser  b c \ntopic d\npattern e/%u\n"
                                    "topic f\nuser #\ntopic g",
                                    "policy");
    REQUIRE(rules.size() == 5);
    CHECK_FALSE(rules[0].user);
    CHECK(rules[1].user == "b c");
    CHECK(rules[2].pattern);
    CHECK_FALSE(rules[2].user);
    CHECK(rules[3].user == "b c");
    CHECK(rules[4].user == "#");
    CHECK(rules[4].line == 9);
}

TEST_CASE("the first bad line of a policy is named with the fix") {
    struct Row {
        std::string text;
        std::string message;
    };
    const auto row = GENERATE(values<Row>({
        {"user a\ntopik read b", R"(policy:2: unknown keyword "topik"; did you mean topic?)"},
        {"limit x",
         R"(policy:1: unknown keyword "limit"; a line begins with user, topic, pattern, role, is or #)"},
        {"\ttopic a", R"(policy:1: unknown keyword "\x09topic"; did you mean topic?)"},
        {" # not a comment",
         R"(policy:1: unknown keyword "#"; a line begins with user, topic, pattern, role, is or #)"},
        {"topic", "policy:1: there is no topic; a line reads: topic read sensors/#"},
        {"pattern  ", "policy:1: there is no topic; a line reads: topic read sensors/#"},
        {"user", "policy:1: there is no user name; a line reads: user alice"},
        {"role ", "policy:1: there is no role name; a line reads: role sensor"},
        {"user a\nis", "policy:2: there is no role name; a line reads: is sensor"},
        {"is x", "policy:1: only a user can have a role; write the line below a user line"},
        {"role y\nis x", "policy:2: only a user can have a role; write the line below a user line"},
        {"role y\nuser a\nis x\nuser b\nis y",
         R"(policy:3: there is no role "x"; add a line: role x)"},
        {"role x\npattern read a/%u",
         "policy:2: a pattern is for everybody and belongs in no role; write topic, in a role it "
         "takes %u and %c as well"},
        {"role x\ntopic deny a/%c",
         "policy:2: a deny in a role takes no %u and no %c; write it as a pattern"},
        {"topic reed a",
         R"(policy:1: unknown access "reed"; it is read, write, readwrite or deny)"},
        {"topic a b", R"(policy:1: unknown access "a"; it is read, write, readwrite or deny)"},
        {"topic read a#",
         R"(policy:1: "a#" is no topic filter: '#' must stand alone in the last level)"},
        {"topic read a+/b",
         R"(policy:1: "a+/b" is no topic filter: '+' must stand alone in its level)"},
        {"topic read #/b",
         R"(policy:1: "#/b" is no topic filter: '#' must stand alone in the last level)"},
    }));
    CAPTURE(row.text);
    CHECK_THROWS_WITH(parse_policy(row.text, "policy"), row.message);
}

TEST_CASE("a filter with more levels than Mosquitto takes is refused") {
    std::string filter = "a";
    for (int i = 0; i < 200; ++i) {
        filter += "/a";
    }
    CHECK(parse_policy("topic read " + filter, "policy").size() == 1);
    CHECK_THROWS_WITH(parse_policy("topic read " + filter + "/a", "policy"),
                      "policy:1: the filter has 201 slashes; Mosquitto takes 200");
}

TEST_CASE("the rules of a role are those of each user that has it") {
    const auto rules = parse_policy("user alice\nis sensor\nis sensor\ntopic read a\n"
                                    "role sensor\ntopic write dev/%u\ntopic deny b\n"
                                    "role idle\ntopic c\nuser bob\nis sensor\n",
                                    "policy");
    REQUIRE(rules.size() == 5);
    CHECK(rules[0].filter == "a");
    CHECK(rules[0].user == "alice");
    CHECK(rules[1].line == 6);
    CHECK(rules[1].user == "alice");
    CHECK(rules[1].pattern);
    CHECK(rules[2].user == "bob");
    CHECK(rules[2].line == 6);
    CHECK(rules[3].filter == "b");
    CHECK_FALSE(rules[3].pattern);
    CHECK(rules[4].user == "bob");
}

TEST_CASE("roles that multiply beyond memory are refused") {
    std::string text = "role big\n";
    for (int i = 0; i < 2000; ++i) {
        text += "topic a\n";
    }
    for (int i = 0; i < 501; ++i) {
        text += "user u" + std::to_string(i) + "\nis big\n";
    }
    CHECK_THROWS_WITH(parse_policy(text, "policy"),
                      ContainsSubstring("more than 1000000 rules; what holds for everybody can be "
                                        "a pattern"));
}
