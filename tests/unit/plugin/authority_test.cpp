#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "plugin/authority.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <vector>

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

class Site {
public:
    Site() {
        write_users("alice", "apple");
        write_policy("user alice\ntopic read a/#\n");
    }

    void write_users(std::string_view name, std::string_view password) {
        Users users;
        users.set(name, PasswordHash::make(password, 10));
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
    bool logged(const std::string& part) const {
        return std::any_of(lines_.begin(), lines_.end(),
                           [&](const auto& line) { return line.find(part) != std::string::npos; });
    }

private:
    test::TempFolder folder_;
    std::vector<std::string> lines_;
};

const Authority::Client alice{{"alice", "c1"}, "10.0.0.7"};

} // namespace

TEST_CASE("a denial says who and what and which line") {
    Site site;
    Authority authority(site.options(), site.log());
    CHECK(authority.allows(Authority::Access::read, alice, "a/b", 0s));
    CHECK_FALSE(authority.allows(Authority::Access::write, alice, "a/b", 0s));
    CHECK(site.logged("denied user=alice client=c1 address=10.0.0.7 access=write topic=a/b line=0 "
                      "reason=\"no rule allows it\""));
}

TEST_CASE("a refused login is logged without the password") {
    Site site;
    Authority authority(site.options(), site.log());
    CHECK(authority.login(alice, "alice", "apple", 0s));
    CHECK_FALSE(authority.login(alice, "alice", "hunter2", 0s));
    CHECK_FALSE(authority.login(alice, "alice", std::nullopt, 0s));
    CHECK(
        site.logged("login refused user=alice client=c1 address=10.0.0.7 reason=\"unknown user or "
                    "wrong password\""));
    CHECK(site.logged("reason=\"no password\""));
    CHECK_FALSE(site.logged("hunter2"));
}

TEST_CASE("a reload takes both files") {
    Site site;
    Authority authority(site.options(), site.log());
    site.write_users("alice", "apricot");
    site.write_policy("user alice\ntopic write a/#\n");
    CHECK(authority.reload());
    CHECK(authority.login(alice, "alice", "apricot", 0s));
    CHECK_FALSE(authority.login(alice, "alice", "apple", 0s));
    CHECK(authority.allows(Authority::Access::write, alice, "a/b", 0s));
    CHECK_FALSE(authority.allows(Authority::Access::read, alice, "a/b", 0s));
}

TEST_CASE("a bad file in a reload changes nothing and is named") {
    Site site;
    Authority authority(site.options(), site.log());
    SECTION("bad users beside a good policy") {
        site.write_bad_users();
        site.write_policy("user alice\ntopic write a/#\n");
        CHECK_FALSE(authority.reload());
        CHECK(site.logged(site.path("users") + ":1: 'alice' has a plaintext password"));
    }
    SECTION("bad policy beside good users") {
        site.write_users("alice", "apricot");
        site.write_policy("user alice\nrole x\n");
        CHECK_FALSE(authority.reload());
        CHECK(site.logged(site.path("policy") + ":2: unknown keyword"));
    }
    SECTION("a missing policy") {
        std::filesystem::remove(site.path("policy"));
        CHECK_FALSE(authority.reload());
        CHECK(site.logged(site.path("policy")));
    }
    CHECK(site.logged("the users and policy from before stay in force"));
    CHECK(authority.login(alice, "alice", "apple", 0s));
    CHECK(authority.allows(Authority::Access::read, alice, "a/b", 0s));
    CHECK_FALSE(authority.allows(Authority::Access::write, alice, "a/b", 0s));
}

TEST_CASE("a bad file at the start is an error") {
    Site site;
    site.write_bad_users();
    CHECK_THROWS_AS(Authority(site.options(), site.log()), InputError);
    std::filesystem::remove(site.path("users"));
    CHECK_THROWS_AS(Authority(site.options(), site.log()), SystemError);
}
