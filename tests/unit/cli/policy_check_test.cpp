#include "cli/policy/check.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>

using namespace holdfast;
using namespace holdfast::cli;

namespace {

Users users_named(const std::vector<std::string>& names) {
    static const auto hash = PasswordHash::make("any", 1);
    Users users;
    for (const auto& name : names) {
        users.set(name, hash);
    }
    return users;
}

/// "line: reason" of each.
std::vector<std::string> findings(std::string_view policy,
                                  const std::vector<std::string>& users = {"alice"}) {
    std::vector<std::string> all;
    for (const auto& finding : check_policy(parse_policy(policy, "policy"), users_named(users))) {
        all.push_back(fmt::format("{}: {}", finding.line, finding.reason));
    }
    return all;
}

} // namespace

TEST_CASE("what is surely not meant in a policy is found with its line") {
    struct Row {
        std::string policy;
        std::string finding;
    };
    const auto row = GENERATE(values<Row>({
        {"topic read $share/group/a\n", "1: never decides: no topic begins with $share"},
        {"topic write $SYS/a\n", "1: never decides: no client can write below $SYS"},
        {"pattern write holdfast/audit/x/+\n", "1: never decides: only the broker itself writes"},
        {"topic read dev/%u\n", "1: never decides: a client without a user name fills in no %u"},
        {"topic deny a/#\ntopic a/b\n", "2: never decides: the deny in line 1 takes all of it"},
        {"topic a/b\ntopic deny a/+\n", "1: never decides: the deny in line 2 takes all of it"},
        {"topic deny a/+/#\ntopic read a/b/c\n", "2: never decides: the deny in line 1"},
        {"topic read a/+\ntopic read a/b\n", "2: never decides: line 1 allows all of it"},
        {"topic read a\ntopic write a\ntopic a\n", "3: never decides: line 1 allows all of it"},
        {"topic deny a/#\ntopic deny a\n", "2: never decides: line 1 denies all of it"},
        {"pattern deny dev/%u/#\npattern read dev/%u/x\n", "2: never decides: the deny in line 1"},
        {"pattern read dev/+/x\npattern read dev/%u/x\n", "2: never decides: line 1 allows all"},
        {"topic read #\n", "1: opens everything: every client without a user name may read"},
        {"pattern write #\n", "1: opens everything: every client may write every topic"},
        {"user alice\ntopic +/#\n", "2: opens everything: 'alice' may read and write every topic"},
        {"user alice\nis r\nrole r\ntopic read #\n",
         "4: opens everything: everybody with the role 'r' may read every topic"},
        {"user alice\ntopic a\nrole r\ntopic a\n", "3: nobody has the role 'r'"},
        {"user alice\ntopic a\nuser bob\ntopic a\n", "3: there is no user 'bob' in the users file"},
        {"user alice\ntopic a\nis r\nrole r\ntopic deny #\n",
         "2: never decides: the deny in line 5 takes all of it"},
        {"topic a\n", "0: 'alice' has no rules"},
        {"user alice\nis r\nrole r\n", "0: 'alice' has no rules"},
    }));
    CAPTURE(row.policy);
    const auto found = findings(row.policy);
    REQUIRE_FALSE(found.empty());
    const bool is_there = std::any_of(found.begin(), found.end(), [&](const auto& finding) {
        return finding.starts_with(row.finding);
    });
    CAPTURE(found);
    CHECK(is_there);
}

TEST_CASE("what may be meant in a policy is no finding") {
    const auto policy = GENERATE(as<std::string>(), "pattern readwrite dev/%u/#\n",
                                 "user alice\ntopic read a/#\ntopic deny a/secret\n",
                                 "user alice\ntopic read a\ntopic readwrite a\n",
                                 "user alice\nis r\ntopic deny a/b\nrole r\ntopic a/b\n",
                                 "user alice\ntopic deny a\npattern read a\n",
                                 "user alice\ntopic read $SYS/#\ntopic read a/#\n",
                                 "user alice\ntopic write $SYS/broker/connection/x/state\n",
                                 "user alice\ntopic read a/%u\ntopic read a/%c\n");
    CAPTURE(policy);
    CHECK(findings(policy).empty());
}

TEST_CASE("the daemon may have everything") {
    CHECK(findings("user holdfast-edge\ntopic readwrite #\n", {"holdfast-edge"}).empty());
}

TEST_CASE("users whose names fill in nothing are told about each rule that needs the name") {
    CHECK(findings("user a/b\ntopic read dev/%u\n", {"a/b"}) ==
          std::vector<std::string>{
              "2: never decides: %u takes no name with + # / in it or $ before it"});
}

TEST_CASE("a hundred thousand rules are checked by comparing each with few others") {
    std::string policy = "user alice\n";
    for (int i = 0; i < 100'000; ++i) {
        policy += fmt::format("topic read site/{}/room/{}/+\n", i % 300, i);
    }
    CHECK(findings(policy).empty());
    CHECK(findings(policy + "topic deny site/7/#\n").size() == 334);
}
