#include "plugin/policy.hpp"
#include "support/catch.hpp"

using namespace holdfast;

namespace {

using Access = Policy::Access;
using Reason = Decision::Reason;

const std::string house = "topic read public/#\n"           // 1
                          "user alice\n"                    // 2
                          "topic read sensors/#\n"          // 3
                          "topic deny sensors/+/key\n"      // 4
                          "topic write sensors/hall/set\n"  // 5
                          "topic a/+/c\n"                   // 6
                          "topic read $SYS/broker/uptime\n" // 7
                          "user bob\n"                      // 8
                          "topic deny dev/bob/secret\n"     // 9
                          "topic read #\n"                  // 10
                          "pattern readwrite dev/%u/#\n"    // 11
                          "pattern write in/%c-%u/x\n"      // 12
                          "pattern deny dev/+/locked\n";    // 13

Policy house_policy() {
    return Policy(parse_policy(house, "policy"));
}

} // namespace

TEST_CASE("a decision follows the policy and names its line") {
    struct Row {
        std::optional<std::string_view> user;
        std::string client;
        Access access;
        std::string topic;
        bool allowed;
        unsigned line;
    };
    const auto row = GENERATE(values<Row>({
        {"alice", "c", Access::read, "sensors/hall", true, 3},
        {"alice", "c", Access::read, "sensors", true, 3},
        {"alice", "c", Access::read, "sensors/hall/key", false, 4},
        {"alice", "c", Access::write, "sensors/hall/key", false, 4},
        {"alice", "c", Access::write, "sensors/hall/set", true, 5},
        {"alice", "c", Access::write, "sensors/hall", false, 0},
        {"alice", "c", Access::read, "a//c", true, 6},
        {"alice", "c", Access::read, "public/x", false, 0},
        {std::nullopt, "c", Access::read, "public/x", true, 1},
        {std::nullopt, "c", Access::write, "public/x", false, 0},
        {std::nullopt, "c", Access::write, "dev//x", false, 0},
        {std::nullopt, "c", Access::write, "dev/%u/x", false, 0},
        {"alice", "c", Access::read, "$SYS/broker/uptime", true, 7},
        {"bob", "c", Access::read, "$SYS/broker/uptime", false, 0},
        {"bob", "c", Access::read, "anything", true, 10},
        {"bob", "c", Access::read, "dev/bob/secret", false, 9},
        {"bob", "c", Access::write, "dev/bob/x", true, 11},
        // Mosquitto asks the patterns only where the user's own rules say nothing.
        {"bob", "c", Access::read, "dev/bob/locked", true, 10},
        {"bob", "c", Access::write, "dev/bob/locked", false, 13},
        {"carol", "c", Access::read, "dev/carol/a/b", true, 11},
        {"carol", "c", Access::read, "dev/bob/a", false, 0},
        {"carol", "c7", Access::write, "in/c7-carol/x", true, 12},
        {"carol", "c7", Access::write, "in/c7-carolx/x", false, 0},
        {"carol", "c7", Access::write, "in/c7-caro/x", false, 0},
    }));
    CAPTURE(row.user.value_or("-"), row.topic);
    const auto decision =
        house_policy().decide(row.access, ClientNames{row.user, row.client}, row.topic);
    CHECK(decision.allowed == row.allowed);
    CHECK(decision.line == row.line);
}

TEST_CASE("an empty policy allows nothing") {
    CHECK_FALSE(Policy().decide(Access::read, {"alice", "c"}, "a").allowed);
    CHECK_FALSE(Policy().decide(Access::write, {std::nullopt, "c"}, "a").allowed);
    CHECK_FALSE(Policy().decide_subscription({"alice", "c"}, "#").allowed);
}

TEST_CASE("a name with a wildcard or a slash never widens a pattern") {
    const Policy policy(
        parse_policy("pattern dev/%u/#\npattern read %c/log\npattern read open/#\n", "policy"));
    struct Row {
        std::string user;
        std::string client;
        std::string topic;
        Reason reason;
    };
    const auto row = GENERATE(values<Row>({
        {"+", "c", "dev/alice/x", Reason::unsafe_name},
        {"#", "c", "dev/alice/x", Reason::unsafe_name},
        {"a+b", "c", "open/x", Reason::unsafe_name},
        {"alice", "#", "open/x", Reason::unsafe_name},
        {"alice", "a/b", "a/b/log", Reason::no_rule},
        {"bob/secret", "c", "dev/bob/secret/x", Reason::no_rule},
        {"alice", "$SYS", "$SYS/log", Reason::no_rule},
    }));
    CAPTURE(row.user, row.client, row.topic);
    const auto decision = policy.decide(Access::read, {row.user, row.client}, row.topic);
    CHECK_FALSE(decision.allowed);
    CHECK(decision.reason == row.reason);
    CHECK_FALSE(policy.decide_subscription({row.user, row.client}, row.topic).allowed);
}

TEST_CASE("a name with a slash keeps the patterns that do not use it") {
    const Policy policy(parse_policy("pattern dev/%u/#\npattern read open/#\n", "policy"));
    CHECK(policy.decide(Access::read, {"alice", "site/7"}, "dev/alice/x").allowed);
    CHECK(policy.decide(Access::read, {"a/b", "c"}, "open/x").allowed);
}

TEST_CASE("a name with a slash does not dodge a deny pattern") {
    const Policy policy(parse_policy("pattern deny x/%u\npattern read x/#\n", "policy"));
    CHECK_FALSE(policy.decide(Access::read, {"bob", "c"}, "x/bob").allowed);
    CHECK(policy.decide(Access::read, {"bob", "a/b"}, "x/a").allowed);
    const auto decision = policy.decide(Access::read, {"a/b", "c"}, "x/a/b");
    CHECK_FALSE(decision.allowed);
    CHECK(decision.reason == Reason::unsafe_name);
}

TEST_CASE("a subscription is refused only when it could never deliver anything") {
    struct Row {
        std::string user;
        std::string filter;
        bool allowed;
        unsigned line;
    };
    const auto row = GENERATE(values<Row>({
        {"alice", "sensors/hall", true, 3},
        {"alice", "sensors/#", true, 3},
        {"alice", "+/hall", true, 3},
        {"alice", "#", true, 6},
        {"alice", "sensors/+/key", false, 0},
        {"alice", "sensors/hall/key", false, 0},
        {"alice", "sensors/hall/key/#", true, 3},
        {"alice", "other/#", false, 0},
        {"alice", "public/#", false, 0},
        {"alice", "$share/g/sensors/#", true, 3},
        {"alice", "$share/g/other/#", false, 0},
        {"alice", "$share/g", false, 0},
        {"alice", "$SYS/#", true, 7},
        {"alice", "$SYS/broker/+", true, 7},
        {"alice", "$SYS/broker/load", false, 0},
        {"alice", "dev/+/x", true, 11},
        {"alice", "dev/alice/locked", false, 0},
        {"alice", "dev/alice", true, 11},
        {"alice", "dev/bob/#", false, 0},
        {"alice", "in/#", false, 0},
        {"bob", "#", true, 10},
        {"bob", "dev/bob/secret", false, 0},
        {"bob", "$SYS/#", false, 0},
    }));
    CAPTURE(row.user, row.filter);
    const auto decision = house_policy().decide_subscription({row.user, "c"}, row.filter);
    CHECK(decision.allowed == row.allowed);
    CHECK(decision.line == row.line);
    CHECK((decision.allowed || decision.reason == Reason::unreadable));
}

TEST_CASE("a search that would take too long allows the subscription") {
    std::string text = "user alice\n";
    for (int i = 0; i < 3000; ++i) {
        text += "topic write a" + std::to_string(i) + "/b/c/d/e\n";
    }
    const Policy policy(parse_policy(text, "policy"));
    const auto decision = policy.decide_subscription({"alice", "c"}, "+/+/+/+/#");
    CHECK(decision.allowed);
    CHECK(decision.reason == Reason::undecided);
    CHECK_FALSE(policy.decide(Access::read, {"alice", "c"}, "a1/b/c/d/e").allowed);
}

TEST_CASE("a role decides like the own rules of those who have it") {
    const Policy policy(parse_policy("role sensor\n"                   // 1
                                     "topic write dev/%u/%c/#\n"       // 2
                                     "topic deny dev/+/+/secret\n"     // 3
                                     "topic read news\n"               // 4
                                     "user alice\n"                    // 5
                                     "is sensor\n"                     // 6
                                     "topic deny news\n"               // 7
                                     "user bob\n"                      // 8
                                     "is sensor\n"                     // 9
                                     "pattern write dev/+/+/secret\n", // 10
                                     "policy"));
    struct Row {
        std::optional<std::string_view> user;
        std::string client;
        Access access;
        std::string topic;
        bool allowed;
        unsigned line;
    };
    const auto row = GENERATE(values<Row>({
        {"bob", "c", Access::write, "dev/bob/c/x", true, 2},
        {"bob", "c", Access::write, "dev/bob/d/x", false, 0},
        {"bob", "c", Access::write, "dev/alice/c/x", false, 0},
        {"bob", "c", Access::write, "dev/bob/c/secret", false, 3},
        {"carol", "c", Access::write, "dev/carol/c/secret", true, 10},
        {"carol", "c", Access::write, "dev/carol/c/x", false, 0},
        {std::nullopt, "c", Access::read, "news", false, 0},
        {"bob", "c", Access::read, "news", true, 4},
        {"alice", "c", Access::read, "news", false, 7},
        {"bob", "+", Access::write, "dev/bob/+/x", false, 0},
        {"bob", "c/d", Access::write, "dev/bob/c/d/x", false, 0},
        {"bob", "#", Access::write, "dev/bob/c/x", false, 0},
    }));
    CAPTURE(row.client, row.topic);
    const auto decision = policy.decide(row.access, {row.user, row.client}, row.topic);
    CHECK(decision.allowed == row.allowed);
    if (row.client == "c") {
        CHECK(decision.line == row.line);
    }
    CHECK(policy.decide_subscription({"bob", "c"}, "news").allowed);
    CHECK_FALSE(policy.decide_subscription({"alice", "c"}, "news").allowed);
}

TEST_CASE("the names are filled in in every rule and no name dodges a deny") {
    const Policy policy(parse_policy("topic read guest/%c\n"  // 1
                                     "topic read guest/%u\n"  // 2
                                     "user alice\n"           // 3
                                     "topic read dev/%u/#\n"  // 4
                                     "role r\n"               // 5
                                     "topic read in/#\n"      // 6
                                     "topic deny in/%c/#\n"   // 7
                                     "user bob\n"             // 8
                                     "is r\n"                 // 9
                                     "pattern read open/#\n", // 10
                                     "policy"));
    const auto read = [&](std::optional<std::string_view> user, std::string_view client,
                          std::string_view topic) {
        return policy.decide(Access::read, {user, client}, topic);
    };
    CHECK(read(std::nullopt, "c1", "guest/c1").line == 1);
    CHECK_FALSE(read(std::nullopt, "c1", "guest/c2").allowed);
    CHECK_FALSE(read(std::nullopt, "c1", "guest/%u").allowed);
    CHECK(read("alice", "c1", "dev/alice/x").line == 4);
    CHECK_FALSE(read("alice", "c1", "dev/%u/x").allowed);
    CHECK(read("bob", "c1", "in/c2/x").line == 6);
    CHECK(read("bob", "c1", "in/c1/x").line == 7);
    CHECK(read("bob", "c1", "open/x").line == 10);
    const auto dodging = read("bob", "a/b", "in/a/b");
    CHECK_FALSE(dodging.allowed);
    CHECK(dodging.reason == Reason::unsafe_name);
    CHECK_FALSE(policy.decide_subscription({"bob", "a/b"}, "in/#").allowed);
    CHECK(policy.decide_subscription({"bob", "c1"}, "in/c1/#").allowed == false);
}

TEST_CASE("nobody writes where the audit is told") {
    const Policy policy(parse_policy("user alice\ntopic #\n", "policy"));
    CHECK(policy.decide(Access::write, {"alice", "c"}, "holdfast/audit/login").reason ==
          Reason::reserved);
    CHECK(policy.decide(Access::read, {"alice", "c"}, "holdfast/audit/login").allowed);
}

TEST_CASE("limits and conditions of a user are those of all its blocks") {
    const Policy policy(parse_policy("user alice\nis dev\nlimit payload 5B\nuser bob\n"
                                     "role dev\nlimit payload 4B\nlimit publish 1/s\n",
                                     "policy"));
    REQUIRE(policy.limits_of("alice") != nullptr);
    CHECK(policy.limits_of("alice")->payload_bytes->most == 4);
    CHECK(policy.limits_of("alice")->publish->messages == 1);
    CHECK(policy.limits_of("bob") == nullptr);
    CHECK(policy.limits_of("carol") == nullptr);
    CHECK(policy.admits({"alice", "any"}, "").allowed);
    CHECK(Policy().limits_of("alice") == nullptr);
}
