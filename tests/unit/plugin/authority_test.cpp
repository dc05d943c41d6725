#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "plugin/authority.hpp"
#include "recording_broker.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

class Site {
public:
    Site() {
        write_users({{"alice", "apple"}});
        write_policy("user alice\ntopic read a/#\n");
    }

    using Passwords = std::initializer_list<std::pair<std::string_view, std::string_view>>;
    void write_users(Passwords passwords) {
        Users users;
        for (const auto& [name, password] : passwords) {
            users.set(name, PasswordHash::make(password, 10));
        }
        write_users(users);
    }
    void write_users(const Users& users) {
        write_file(folder_ / "users", users.str(), FileMode::group);
    }
    void write_policy(std::string_view text) {
        write_file(folder_ / "policy", text, FileMode::group);
    }
    void write_bad_users() { write_file(folder_ / "users", "alice:apple\n", FileMode::group); }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    PluginOptions options() const { return {folder_ / "users", folder_ / "policy"}; }
    Log log() {
        return Log([this](Log::Level, const std::string& line) { lines_.push_back(line); });
    }
    bool logged(const std::string& part) const { return times_logged(part) > 0; }

    std::size_t times_logged(const std::string& part) const {
        return static_cast<std::size_t>(
            std::count_if(lines_.begin(), lines_.end(),
                          [&](const auto& line) { return line.find(part) != std::string::npos; }));
    }

    test::RecordingBroker broker;

private:
    test::TempFolder folder_;
    std::vector<std::string> lines_;
};

const Client alice{{"alice", "c1"}, "10.0.0.7"};

bool log_in(Authority& authority, const Client& client, std::string_view user,
            std::optional<std::string_view> password, BootTime now) {
    return authority.login({client, user, password}, now) == Gate::Answer::yes;
}

/// As an idle broker does, ten times a second.
void tick_for(Authority& authority, BootTime from, BootTime until) {
    for (auto now = from; now < until; now += 100ms) {
        authority.tick(now);
    }
}

} // namespace

TEST_CASE("a denial says who and what and which line") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(authority.allows(Authority::Access::read, alice, "a/b", 0s));
    CHECK_FALSE(authority.allows(Authority::Access::write, alice, "a/b", 0s));
    CHECK(site.logged("denied user=alice client=c1 address=10.0.0.7 access=write topic=a/b line=0 "
                      "reason=\"no rule allows it\""));
}

TEST_CASE("a refused login is logged without the password") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(log_in(authority, alice, "alice", "apple", 0s));
    CHECK_FALSE(log_in(authority, alice, "alice", "hunter2", 0s));
    CHECK_FALSE(log_in(authority, alice, "alice", std::nullopt, 0s));
    CHECK(
        site.logged("login refused user=alice client=c1 address=10.0.0.7 reason=\"unknown user or "
                    "wrong password\""));
    CHECK(site.logged("reason=\"no password\""));
    CHECK_FALSE(site.logged("hunter2"));
}

TEST_CASE("a reload takes both files") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    site.write_users({{"alice", "apricot"}});
    site.write_policy("user alice\ntopic write a/#\n");
    CHECK(authority.reload(0s));
    CHECK(log_in(authority, alice, "alice", "apricot", 0s));
    CHECK_FALSE(log_in(authority, alice, "alice", "apple", 0s));
    CHECK(authority.allows(Authority::Access::write, alice, "a/b", 0s));
    CHECK_FALSE(authority.allows(Authority::Access::read, alice, "a/b", 0s));
}

TEST_CASE("a bad file in a reload changes nothing and is named") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    SECTION("bad users beside a good policy") {
        site.write_bad_users();
        site.write_policy("user alice\ntopic write a/#\n");
        CHECK_FALSE(authority.reload(0s));
        CHECK(site.logged(site.path("users") + ":1: 'alice' has a plaintext password"));
    }
    SECTION("bad policy beside good users") {
        site.write_users({{"alice", "apricot"}});
        site.write_policy("user alice\nroll x\n");
        CHECK_FALSE(authority.reload(0s));
        CHECK(site.logged(site.path("policy") + ":2: unknown keyword"));
    }
    SECTION("a missing policy") {
        std::filesystem::remove(site.path("policy"));
        CHECK_FALSE(authority.reload(0s));
        CHECK(site.logged(site.path("policy")));
    }
    CHECK(site.logged("the users and policy from before stay in force"));
    CHECK(log_in(authority, alice, "alice", "apple", 0s));
    CHECK(authority.allows(Authority::Access::read, alice, "a/b", 0s));
    CHECK_FALSE(authority.allows(Authority::Access::write, alice, "a/b", 0s));
}

TEST_CASE("a bad file at the start is an error") {
    Site site;
    site.write_bad_users();
    CHECK_THROWS_AS(Authority(site.options(), site.log(), site.broker), InputError);
    std::filesystem::remove(site.path("users"));
    CHECK_THROWS_AS(Authority(site.options(), site.log(), site.broker), SystemError);
}

TEST_CASE("a changed file is taken within two seconds without a reload") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    tick_for(authority, 0s, 10s);
    CHECK_FALSE(site.logged("reloaded"));
    site.write_policy("user alice\ntopic write a/#\n");
    tick_for(authority, 10s, 12s);
    CHECK(authority.allows(Authority::Access::write, alice, "a/b", 12s));
    CHECK(site.broker.ended.empty());
}

TEST_CASE("only the sessions of users that changed or went are ended") {
    Site site;
    site.write_users({{"alice", "apple"}, {"bob", "banana"}, {"carol", "cherry"}});
    Authority authority(site.options(), site.log(), site.broker);
    auto users = authority.credentials().users();
    users.remove("alice");
    users.set("bob", PasswordHash::make("blueberry", 10));
    users.set("dave", PasswordHash::make("date", 10));
    site.write_users(users);
    tick_for(authority, 0s, 2s);
    CHECK(site.broker.ended == std::vector<std::string>{"alice", "bob"});
    tick_for(authority, 2s, 10s);
    CHECK(site.broker.ended.size() == 2);
    CHECK(site.times_logged("users and policy reloaded users=3 changed_or_removed=2") == 1);
}

TEST_CASE("a bad file is refused once and taken when it is good again") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    site.write_bad_users();
    tick_for(authority, 0s, 60s);
    CHECK(site.times_logged("reload refused") == 1);
    CHECK(log_in(authority, alice, "alice", "apple", 60s));
    CHECK(site.broker.ended.empty());
    site.write_users({{"alice", "apricot"}});
    tick_for(authority, 60s, 62s);
    CHECK(log_in(authority, alice, "alice", "apricot", 62s));
    CHECK(site.broker.ended == std::vector<std::string>{"alice"});
}

TEST_CASE("what SIGHUP has taken is not taken again") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    site.write_users({{"alice", "apricot"}});
    CHECK(authority.reload(0s));
    tick_for(authority, 0s, 10s);
    CHECK(site.times_logged("users and policy reloaded") == 1);
}

TEST_CASE("nobody may write where the audit is told") {
    Site site;
    site.write_policy("user alice\ntopic #\n");
    Authority authority(site.options(), site.log(), site.broker);
    CHECK_FALSE(authority.allows(Authority::Access::write, alice, "holdfast/audit/denied", 0s));
    CHECK(site.logged("reason=\"only the broker itself writes there\""));
    CHECK(authority.allows(Authority::Access::read, alice, "holdfast/audit/denied", 0s));
    CHECK(authority.allows(Authority::Access::write, alice, "holdfast/auditor", 0s));
}

TEST_CASE("a reload is told with its outcome") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(authority.reload(0s));
    site.write_bad_users();
    CHECK_FALSE(authority.reload(0s));
    REQUIRE(site.broker.published.size() == 2);
    CHECK(site.broker.published[0].topic == "holdfast/audit/reload");
    CHECK_THAT(site.broker.published[0].payload, ContainsSubstring("\"accepted\":true"));
    CHECK_THAT(site.broker.published[1].payload, ContainsSubstring("\"accepted\":false"));
    CHECK_THAT(site.broker.published[1].payload, ContainsSubstring("users:1: 'alice' has"));
}

TEST_CASE("wrong passwords from elsewhere do not lock a user out") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    const Client attacker{{"alice", "c2"}, "10.0.0.66"};
    for (int i = 0; i < 100; ++i) {
        CHECK_FALSE(log_in(authority, attacker, "alice", "guess", 1s));
    }
    CHECK(site.logged("reason=\"too many wrong passwords, not checked for a while\""));
    CHECK(log_in(authority, alice, "alice", "apple", 1s));
    CHECK_FALSE(log_in(authority, attacker, "alice", "apple", 1s));
}

TEST_CASE("a flood of wrong passwords from one address costs a few hashes") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    for (int i = 0; i < 1000; ++i) {
        const auto user = std::to_string(i % 100);
        CHECK_FALSE(log_in(authority, {{user, "c"}, "10.0.0.66"}, user, "guess", 1s));
    }
    CHECK(authority.credentials().slow_checks() == Guard::address_delays.free);
}

TEST_CASE("an address out of tries still lets in what was verified before") {
    Site site;
    site.write_users({{"alice", "apple"}, {"bob", "banana"}});
    Authority authority(site.options(), site.log(), site.broker);
    const Client bob{{"bob", "c2"}, alice.address};
    CHECK(log_in(authority, alice, "alice", "apple", 1s));
    for (int i = 0; i < 100; ++i) {
        const auto user = std::to_string(i);
        log_in(authority, {{user, "c"}, alice.address}, user, "guess", 1s);
    }
    const auto hashed = authority.credentials().slow_checks();
    CHECK(log_in(authority, alice, "alice", "apple", 1s));
    CHECK_FALSE(log_in(authority, bob, "bob", "banana", 1s));
    CHECK(authority.credentials().slow_checks() == hashed);
    for (int i = 0; i < 10; ++i) {
        log_in(authority, alice, "alice", "guess", 1s);
    }
    CHECK_FALSE(log_in(authority, alice, "alice", "apple", 1s));
    CHECK(log_in(authority, bob, "bob", "banana", 1h));
    CHECK(log_in(authority, alice, "alice", "apple", 1h));
}

TEST_CASE("what the broker asks about sessions after SIGHUP does not count") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(authority.reload(1s));
    for (int i = 0; i < 100; ++i) {
        CHECK_FALSE(log_in(authority, alice, "alice", "old", 1s));
    }
    authority.tick(1s);
    CHECK(log_in(authority, alice, "alice", "apple", 1s));
    for (int i = 0; i < 10; ++i) {
        log_in(authority, alice, "alice", "guess", 2s);
    }
    CHECK_FALSE(log_in(authority, alice, "alice", "apple", 2s));
}

TEST_CASE("accepted files give everybody new tries and refused ones do not") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    for (int i = 0; i < 10; ++i) {
        log_in(authority, alice, "alice", "guess", 1s);
    }
    site.write_bad_users();
    CHECK_FALSE(authority.reload(1s));
    authority.tick(1s);
    CHECK_FALSE(log_in(authority, alice, "alice", "apple", 1s));
    site.write_users({{"alice", "apple"}});
    CHECK(authority.reload(1s));
    authority.tick(1s);
    CHECK(log_in(authority, alice, "alice", "apple", 1s));
}

TEST_CASE("only the daemon gives commands") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    const std::string kick = R"({"command":"kick-bridge"})";
    const Client daemon{{"holdfast-edge", "edge"}, "127.0.0.1"};
    authority.control(alice, kick, 0s);
    authority.control({{std::nullopt, "edge"}, "127.0.0.1"}, kick, 0s);
    authority.control({{"holdfast-edge", "holdfast-bridge"}, "127.0.0.1"}, kick, 0s);
    authority.control(daemon, "kick-bridge", 0s);
    CHECK(site.broker.ended_clients.empty());
    CHECK(site.times_logged("access=control topic=$CONTROL/holdfast/v1") == 4);
    CHECK(site.times_logged("reason=\"there is no such command\"") == 1);
    authority.control(daemon, kick, 0s);
    CHECK(site.broker.ended_clients == std::vector<std::string>{"holdfast-bridge"});
    CHECK(site.broker.published.back().topic == "holdfast/audit/control");
}

TEST_CASE("who may be a user is said by the clientid and from lines of its blocks") {
    Site site;
    site.write_policy("user alice\nis dev\nclientid %u-*\nrole dev\nfrom 10.0.0.0/8\n");
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(log_in(authority, {{"alice", "alice-1"}, "10.0.0.7"}, "alice", "apple", 0s));
    CHECK_FALSE(log_in(authority, {{"alice", "bob-1"}, "10.0.0.7"}, "alice", "apple", 0s));
    CHECK(site.logged("reason=\"the user may not log in with this client id\""));
    CHECK_FALSE(log_in(authority, {{"alice", "alice-1"}, "11.0.0.7"}, "alice", "apple", 0s));
    CHECK_FALSE(log_in(authority, {{"alice", "alice-1"}, ""}, "alice", "apple", 0s));
    CHECK(site.logged("reason=\"the user may not log in from this address\""));
}

TEST_CASE("clients that could not log in any more are cut and no others") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    const std::array<int, 3> handles{};
    CHECK(log_in(authority, {{"alice", "c1"}, "10.0.0.7", handles.data()}, "alice", "apple", 0s));
    CHECK(
        log_in(authority, {{"alice", "c2"}, "10.0.0.7", handles.data() + 1}, "alice", "apple", 0s));
    CHECK(
        log_in(authority, {{"alice", "c3"}, "11.0.0.7", handles.data() + 2}, "alice", "apple", 0s));
    CHECK(authority.sessions() == 3);
    authority.left(handles.data() + 1);
    site.write_policy("user alice\nfrom 11.0.0.7\n");
    tick_for(authority, 0s, 2s);
    CHECK(site.broker.ended_clients == std::vector<std::string>{"c1"});
    CHECK(site.broker.ended.empty());
}

TEST_CASE("a disabled user is cut and refused like an unknown one and comes back") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    CHECK(log_in(authority, alice, "alice", "apple", 0s));
    auto users = authority.credentials().users();
    users.disable("alice");
    site.write_users(users);
    tick_for(authority, 0s, 2s);
    CHECK(site.broker.ended == std::vector<std::string>{"alice"});
    CHECK_FALSE(log_in(authority, alice, "alice", "apple", 2s));
    CHECK(site.logged("reason=\"unknown user or wrong password\""));
    users.enable("alice");
    site.write_users(users);
    tick_for(authority, 2s, 4s);
    CHECK(log_in(authority, alice, "alice", "apple", 4s));
}

TEST_CASE("what goes beyond a limit is denied with the line of the limit") {
    Site site;
    site.write_policy("role dev\n"                  // 1
                      "topic a/#\n"                 // 2
                      "limit publish 1/s burst 2\n" // 3
                      "limit payload 10B\n"         // 4
                      "limit subscriptions 1\n"     // 5
                      "user alice\nis dev\n"
                      "user bob\nis dev\n");
    Authority authority(site.options(), site.log(), site.broker);
    using Access = Authority::Access;
    const Client bob{{"bob", "c2"}, "10.0.0.8"};
    CHECK(authority.allows(Access::write, alice, "a/b", 1s, 10));
    CHECK_FALSE(authority.allows(Access::write, alice, "a/b", 1s, 11));
    CHECK(site.logged("topic=a/b line=4 reason=\"the payload is larger than the limit\""));
    CHECK(authority.allows(Access::write, alice, "a/b", 1s));
    CHECK_FALSE(authority.allows(Access::write, alice, "a/b", 1s));
    CHECK(site.logged("topic=a/b line=3 reason=\"more messages than the limit\""));
    CHECK(authority.allows(Access::write, bob, "a/b", 1s));
    CHECK(authority.allows(Access::write, alice, "a/b", 2s));
    CHECK(authority.allows(Access::subscribe, alice, "a/b", 1s));
    CHECK(authority.allows(Access::subscribe, alice, "a/b", 1s));
    CHECK_FALSE(authority.allows(Access::subscribe, alice, "a/c", 1s));
    CHECK(site.logged("topic=a/c line=5 reason=\"more subscriptions than the limit\""));
    authority.unsubscribed(alice, "a/b");
    CHECK(authority.allows(Access::subscribe, alice, "a/c", 1s));
    CHECK(authority.counters().limited == 3);
    CHECK(authority.counters().denied_write == 0);
}

TEST_CASE("what a client has subscribed to counts for as long as its session has it") {
    Site site;
    site.write_policy("user alice\ntopic a/#\nlimit subscriptions 1\n");
    Authority authority(site.options(), site.log(), site.broker);
    using Access = Authority::Access;
    auto anew = alice;
    anew.has_subscriptions = false;
    CHECK(authority.allows(Access::subscribe, anew, "a/b", 1s));
    CHECK_FALSE(authority.allows(Access::subscribe, alice, "a/c", 1s));
    CHECK(authority.allows(Access::subscribe, alice, "a/b", 1s));
    CHECK(authority.allows(Access::subscribe, anew, "a/c", 1s));
    CHECK_FALSE(authority.allows(Access::subscribe, alice, "a/b", 1s));
}

TEST_CASE("the sender of a retained message uses up no limit") {
    Site site;
    site.write_policy("user alice\ntopic a/#\nlimit publish 1/h\nlimit payload 1B\n");
    Authority authority(site.options(), site.log(), site.broker);
    const Client gone{{"alice", "c1"}, "", nullptr, false};
    for (int i = 0; i < 10; ++i) {
        CHECK(authority.allows(Authority::Access::write, gone, "a/b", 1s, 5));
    }
    CHECK(authority.allows(Authority::Access::write, alice, "a/b", 1s, 1));
}

TEST_CASE("counters are told each minute and soon after news and not more often") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    const auto told = [&] {
        return std::count_if(
            site.broker.published.begin(), site.broker.published.end(),
            [](const auto& message) { return message.topic == "holdfast/audit/counters"; });
    };
    tick_for(authority, 1s, 60s);
    CHECK(told() == 1);
    CHECK(site.broker.published.front().retain);
    tick_for(authority, 60s, 62s);
    CHECK(told() == 2);
    for (auto now = 62s; now < 72s; now += 1s) {
        log_in(authority, alice, "alice", "apple", now);
        tick_for(authority, now, now + 1s);
    }
    CHECK(told() == 4);
}

TEST_CASE("a flood of logins from many addresses keeps nothing for each") {
    Site site;
    Authority authority(site.options(), site.log(), site.broker);
    const auto flood = [&](unsigned from, unsigned to) {
        for (unsigned i = from; i < to; ++i) {
            const auto address = fmt::format("10.{}.{}.{}", i >> 16U, (i >> 8U) & 255U, i & 255U);
            const auto user = i % 2 == 0 ? "alice" : "nobody" + std::to_string(i);
            authority.login({{{user, address}, address}, user, "guess"}, 1s);
        }
    };
    flood(0, 10'000);
    const auto sessions = authority.sessions();
    const auto told = site.broker.published.size();
    flood(10'000, 30'000);
    CHECK(authority.sessions() == sessions);
    CHECK(site.broker.published.size() == told);
    CHECK(log_in(authority, {{"alice", "home"}, "192.168.0.7"}, "alice", "apple", 1s));
}
