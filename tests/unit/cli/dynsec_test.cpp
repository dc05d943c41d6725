#include "cli/policy/dynsec_policy.hpp"
#include "core/error.hpp"
#include "plugin/policy.hpp"
#include "plugin/users.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::cli;

namespace {

std::string acl(const std::string& type, const std::string& topic, int priority, bool allow) {
    return fmt::format(R"({{"acltype":"{}","topic":"{}","priority":{},"allow":{}}})", type, topic,
                       priority, allow);
}

/// One client `bob` with the role `r`.
std::string config_of(const std::vector<std::string>& acls, const std::string& defaults = "") {
    std::string text;
    for (const auto& line : acls) {
        text += (text.empty() ? "" : ",") + line;
    }
    return fmt::format(
        R"({{"defaultACLAccess":{{{}}},"clients":[{{"username":"bob","roles":[{{"rolename":"r"}}]}}],)"
        R"("roles":[{{"rolename":"r","acls":[{}]}}]}})",
        defaults, text);
}

dynsec::Conversion converted(const std::string& json) {
    const auto config = dynsec::parse(json, "dynsec.json");
    return dynsec::convert(config, "dynsec.json");
}

} // namespace

TEST_CASE("lines whose order does not matter become a role") {
    const auto made = converted(config_of(
        {acl("publishClientSend", "a/#", 0, true), acl("subscribePattern", "a/#", 0, true),
         acl("subscribeLiteral", "b/+", 0, true), acl("publishClientReceive", "a/x", 9, false),
         acl("unsubscribePattern", "#", 0, true)}));
    CHECK(made.policy == "# Made of dynsec.json by 'holdfast policy import-dynsec'.\n"
                         "\nuser bob\n"
                         "# stricter than before: the deny of a/x takes writing with it\n"
                         "topic deny a/x\ntopic readwrite a/#\ntopic read b/+\n");
    CHECK(made.differences ==
          std::vector<std::string>{"bob: the deny of a/x takes writing with it"});
    const auto free = converted(config_of({acl("publishClientSend", "a/#", 0, true),
                                           acl("publishClientSend", "a/x", 9, false),
                                           acl("subscribePattern", "b/#", 0, true)}));
    CHECK(free.policy == "# Made of dynsec.json by 'holdfast policy import-dynsec'.\n"
                         "\nrole r\ntopic deny a/x\ntopic write a/#\ntopic read b/#\n"
                         "\nuser bob\nis r\n");
    CHECK(free.differences.empty());
}

TEST_CASE("a deny that changes nothing is left out and one that comes too late too") {
    const auto made = converted(config_of({acl("publishClientSend", "a/#", 9, true),
                                           acl("publishClientSend", "#", 5, false),
                                           acl("publishClientSend", "b", 1, true)}));
    CHECK(made.policy.ends_with("\nuser bob\ntopic write a/#\n"));
    CHECK(made.differences.empty());
}

TEST_CASE("what is subscribed to and never received cannot be read") {
    const auto made = converted(config_of(
        {acl("subscribePattern", "a/#", 0, true), acl("subscribePattern", "$x/#", 0, true),
         acl("publishClientReceive", "#", 0, false), acl("publishClientSend", "b", 0, true)}));
    CHECK(made.policy.ends_with("\nuser bob\ntopic read $x/#\ntopic write b\n"));
    CHECK(made.differences.empty());
}

TEST_CASE("an exception from a deny makes the policy stricter and is told") {
    const auto made = converted(config_of({acl("publishClientSend", "a/+", 9, true),
                                           acl("publishClientSend", "+/x", 5, false),
                                           acl("publishClientSend", "#", 1, true)}));
    CHECK(made.differences ==
          std::vector<std::string>{"bob: a deny takes a part of a/+, which came before it"});
    const Policy policy(parse_policy(made.policy, "policy"));
    CHECK(policy.decide(Policy::Access::write, {"bob", ""}, "a/y").allowed);
    CHECK_FALSE(policy.decide(Policy::Access::write, {"bob", ""}, "a/x").allowed);
}

TEST_CASE("a password goes over without being known") {
    const auto made = converted(
        R"({"clients":[{"username":"bob","disabled":true,"salt":"bUTSvPCAdbUnymKT",)"
        R"("iterations":101,"password":"WQ8zPdbpyc9+XQbGaa4f0GB91IcGZ3HhpJ0jl/KUMTH1a8LKEXsvbgLMp)"
        R"(kU+BAZSJae+IdQ2uqguiKuWF4Yudg=="}]})");
    const auto users = Users::parse(made.users, "users");
    CHECK(users.is_disabled("bob"));
    CHECK(users.disabled().at("bob").matches("pw"));
    CHECK_FALSE(users.disabled().at("bob").matches("wrong"));
}

TEST_CASE("a password as Mosquitto 2.1 stores it goes over too") {
    const auto hash = PasswordHash::make("pw", 1).str();
    const auto made =
        converted(R"({"clients":[{"username":"bob","encoded_password":")" + hash + R"("}]})");
    CHECK(made.users == "bob:" + hash + "\n");
}

TEST_CASE("a name that no users file can hold is named") {
    CHECK_THROWS_WITH(
        converted(R"({"clients":[{"username":"a:b","salt":"bUTSvPCAdbUnymKT","iterations":101,)"
                  R"("password":"WQ8zPdbpyc9+XQbGaa4f0GB91IcGZ3HhpJ0jl/KUMTH1a8LKEXsvbgLMp)"
                  R"(kU+BAZSJae+IdQ2uqguiKuWF4Yudg=="}]})"),
        ContainsSubstring("dynsec.json: client \"a:b\": a user name cannot"));
}

TEST_CASE("a dynamic-security file that cannot be taken over is refused with the place") {
    struct Row {
        std::string json;
        std::string reason;
    };
    const auto row = GENERATE(values<Row>({
        {"", "d.json: is not JSON"},
        {"[]", "d.json: the file: is no object"},
        {R"({"clients":7})", "d.json: clients: is no list"},
        {R"({"clients":[{}]})", "d.json: clients[0]: there is no \"username\""},
        {R"({"clients":[{"username":7}]})", "d.json: clients[0].username: is no text"},
        {R"({"clients":[{"username":"a\nuser b"}]})", "d.json: clients[0].username: is empty, has"},
        {R"({"clients":[{"username":"a","roles":[{"rolename":"x"}]}]})",
         "d.json: \"a\" has the role \"x\", which is not in the file"},
        {R"({"clients":[{"username":"a","clientid":"x*"}]})", "d.json: clients[0].clientid: holds"},
        {R"({"clients":[{"username":"a","password":"eA==","salt":"x","iterations":1}]})",
         "d.json: clients[0].password: "},
        {R"({"clients":[{"username":"a","encoded_password":"$7$1$x"}]})",
         "d.json: clients[0].encoded_password: "},
        {R"({"clients":[{"username":"a","password":"eA==","salt":"x","iterations":1.5}]})",
         "d.json: clients[0].iterations: is no whole number"},
        {R"({"clients":[{"username":"a:b","password":"eA==","salt":"x"}]})",
         "d.json: clients[0]: there is no \"iterations\""},
        {R"({"roles":[{"rolename":"r","acls":[{"acltype":"x","topic":"a","allow":true}]}]})",
         "d.json: roles[0].acls[0].acltype: \"x\" is no type"},
        {R"({"roles":[{"rolename":"r","acls":[{"acltype":"publishClientSend","topic":"a#",)"
         R"("allow":true}]}]})",
         "d.json: roles[0].acls[0].topic: \"a#\" is no topic filter"},
        {R"({"roles":[{"rolename":"r","acls":[{"acltype":"publishClientSend","topic":"a",)"
         R"("allow":1}]}]})",
         "d.json: roles[0].acls[0].allow: is neither true nor false"},
        {R"({"anonymousGroup":"g"})", "d.json: anonymousGroup: there is no group \"g\""},
        {R"({"defaultACLAccess":{"subscribe":0}})", "d.json: defaultACLAccess.subscribe: is nei"},
    }));
    CAPTURE(row.json);
    CHECK_THROWS_WITH(dynsec::parse(row.json, "d.json"), ContainsSubstring(row.reason));
}
