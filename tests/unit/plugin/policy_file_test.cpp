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
    const auto rules = parse_policy(row.text, "policy").anonymous;
    REQUIRE(rules.size() == 1);
    CHECK(rules[0].access == row.access);
    CHECK(rules[0].filter == row.filter);
    CHECK(rules[0].line == 1);
}

TEST_CASE("rules belong to the user block that they stand in and patterns to nobody") {
    const auto file = parse_policy("# comment\n\ntopic a\nuser  b c \ntopic d\npattern e/%u\n"
                                   "topic f\nuser #\ntopic g\nuser b c\ntopic h",
                                   "policy");
    REQUIRE(file.anonymous.size() == 1);
    CHECK(file.anonymous[0].filter == "a");
    REQUIRE(file.patterns.size() == 1);
    CHECK(file.patterns[0].filter == "e/%u");
    REQUIRE(file.users.size() == 2);
    const auto& bc = file.users.at("b c");
    CHECK(bc.line == 4);
    REQUIRE(bc.rules.size() == 3);
    CHECK(bc.rules[1].filter == "f");
    CHECK(bc.rules[2].line == 11);
    CHECK(file.users.at("#").rules[0].filter == "g");
}

TEST_CASE("the first bad line of a policy is named with the fix") {
    struct Row {
        std::string text;
        std::string message;
    };
    const auto row = GENERATE(values<Row>({
        {"user a\ntopik read b", R"(policy:2: unknown keyword "topik"; did you mean topic?)"},
        {"allow x", R"(policy:1: unknown keyword "allow"; a line begins with user, role, topic, )"
                    R"(pattern, is, clientid, from, limit or #)"},
        {"\ttopic a", R"(policy:1: unknown keyword "\x09topic"; did you mean topic?)"},
        {" # not a comment",
         R"(policy:1: unknown keyword "#"; a line begins with user, role, topic, pattern, is, )"
         R"(clientid, from, limit or #)"},
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
         "policy:2: a pattern is for everybody and belongs in no role; write topic, which takes %u "
         "and %c as well"},
        {"limit publish 1/s",
         "policy:1: limit belongs to a user or a role; write the line below one"},
        {"from ::1", "policy:1: from belongs to a user or a role; write the line below one"},
        {"user a\nclientid", "policy:2: there is no client id; a line reads: clientid %u-*"},
        {"user a\nfrom nowhere", "policy:2: \"nowhere\" is no IP address or network; a line reads: "
                                 "from 10.0.0.0/8"},
        {"user a\nlimit publish", "policy:2: a line reads: limit publish 10/s burst 50"},
        {"user a\nlimit speed 3", "policy:2: a limit reads: limit publish 10/s burst 50, limit "
                                  "payload 4KiB or limit subscriptions 20"},
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
    CHECK(parse_policy("topic read " + filter, "policy").anonymous.size() == 1);
    CHECK_THROWS_WITH(parse_policy("topic read " + filter + "/a", "policy"),
                      "policy:1: the filter has 201 slashes; Mosquitto takes 200");
}

TEST_CASE("a user has its roles once each in their order") {
    const auto file = parse_policy("user alice\nis sensor\nis idle\nis sensor\ntopic read a\n"
                                   "role sensor\ntopic write dev/%u\ntopic deny b/%c\n"
                                   "role idle\nuser bob\nis sensor\nrole sensor\ntopic c\n",
                                   "policy");
    const auto& alice = file.users.at("alice");
    REQUIRE(alice.roles.size() == 2);
    CHECK(alice.roles[0].value == "sensor");
    CHECK(alice.roles[0].line == 2);
    CHECK(alice.roles[1].value == "idle");
    CHECK(file.roles.at("sensor").rules.size() == 3);
    CHECK(file.roles.at("sensor").line == 6);
    CHECK(file.roles.at("idle").rules.empty());
}

TEST_CASE("conditions and limits belong to the block that they stand in") {
    const auto file = parse_policy("user alice\nclientid %u-*\nclientid pump 7\n"
                                   "from 10.0.0.0/8\nfrom fd00::1\n"
                                   "role dev\nlimit publish 10/s burst 50\nlimit payload 4KiB\n"
                                   "limit subscriptions 3\nlimit payload 1KiB\n"
                                   "limit publish 600/min burst 40\n",
                                   "policy");
    const auto& alice = file.users.at("alice");
    REQUIRE(alice.client_ids.size() == 2);
    CHECK(alice.client_ids[1].value == "pump 7");
    REQUIRE(alice.networks.size() == 2);
    CHECK(alice.networks[0].value == Network::parse("10.0.0.0/8"));
    CHECK(alice.networks[1].line == 5);
    CHECK(alice.limits.none());
    const auto& limits = file.roles.at("dev").limits;
    REQUIRE((limits.publish && limits.payload_bytes && limits.subscriptions));
    CHECK(limits.publish->burst == 40);
    CHECK(limits.publish->line == 11);
    CHECK(limits.payload_bytes->most == 1024);
    CHECK(limits.payload_bytes->line == 10);
    CHECK(limits.subscriptions->most == 3);
}

TEST_CASE("more roles than a decision may search are refused") {
    std::string text;
    for (std::size_t i = 0; i <= PolicyFile::most_roles; ++i) {
        text += "role r" + std::to_string(i) + "\n";
    }
    text += "user alice\n";
    for (std::size_t i = 0; i <= PolicyFile::most_roles; ++i) {
        text += "is r" + std::to_string(i) + "\n";
    }
    CHECK_THROWS_WITH(parse_policy(text, "policy"),
                      "policy:67: a user can have 32 roles; put their lines together in fewer");
}

TEST_CASE("a client id matches its pattern whole") {
    struct Row {
        std::string pattern;
        std::string id;
        bool matches;
    };
    const auto row = GENERATE(values<Row>({
        {"pump", "pump", true},
        {"pump", "pump7", false},
        {"pump", "pum", false},
        {"pump*", "pump", true},
        {"pump*", "pump-7", true},
        {"pump*", "a-pump", false},
        {"*pump", "a-pump", true},
        {"*pump", "a-pumps", false},
        {"*a*b", "xaxbxb", true},
        {"*a*b", "xbxa", false},
        {"a*a", "a", false},
        {"a*a", "aa", true},
        {"*", "", true},
        {"**", "x", true},
        {"%u-*", "alice-1", true},
        {"%u-*", "alice", false},
        {"%u", "bob", false},
        {"x%u*%uy", "xaliceABCalicey", true},
        {"x%u*%uy", "xalicey", false},
        {"%c", "%c", true},
        {"a?c", "abc", false},
    }));
    CAPTURE(row.pattern, row.id);
    CHECK(client_id_matches(row.pattern, row.id, "alice") == row.matches);
}

TEST_CASE("a wildcard in a user name is no wildcard in a client id") {
    CHECK_FALSE(client_id_matches("%u", "anything", "*"));
    CHECK(client_id_matches("%u", "*", "*"));
}
