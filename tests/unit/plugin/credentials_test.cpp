#include "plugin/credentials.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

Users two_users() {
    Users users;
    users.set("alice", PasswordHash::make("apple", 10));
    users.set("bob", PasswordHash::make("banana", 10));
    return users;
}

} // namespace

TEST_CASE("only the right password of a known user is verified") {
    Credentials credentials(two_users());
    CHECK(credentials.verify("alice", "apple", 0s));
    CHECK_FALSE(credentials.verify("alice", "banana", 0s));
    CHECK_FALSE(credentials.verify("alice", "", 0s));
    CHECK_FALSE(credentials.verify("carol", "apple", 0s));
    CHECK(credentials.verify("bob", "banana", 0s));
}

TEST_CASE("a verified password is hashed once") {
    Credentials credentials(two_users());
    for (int i = 0; i < 10; ++i) {
        CHECK(credentials.verify("alice", "apple", 1s));
    }
    CHECK(credentials.slow_checks() == 1);
}

TEST_CASE("an unknown user and a wrong password cost a hash each time") {
    Credentials credentials(two_users());
    CHECK(credentials.verify("alice", "apple", 0s));
    credentials.verify("carol", "x", 0s);
    credentials.verify("carol", "x", 0s);
    credentials.verify("alice", "x", 0s);
    credentials.verify("alice", "x", 0s);
    CHECK(credentials.slow_checks() == 5);
    CHECK(credentials.verify("alice", "apple", 0s));
    CHECK(credentials.slow_checks() == 5);
}

TEST_CASE("what was verified is forgotten after its time") {
    Credentials credentials(two_users());
    CHECK(credentials.verify("alice", "apple", 0s));
    CHECK(credentials.verify("alice", "apple", Credentials::remembered_for - 1us));
    CHECK(credentials.slow_checks() == 1);
    CHECK(credentials.verify("alice", "apple", Credentials::remembered_for));
    CHECK(credentials.slow_checks() == 2);
}

TEST_CASE("a reload forgets the users that changed and no others") {
    Credentials credentials(two_users());
    auto users = credentials.users();
    CHECK(credentials.verify("alice", "apple", 0s));
    CHECK(credentials.verify("bob", "banana", 0s));
    users.set("alice", PasswordHash::make("apricot", 10));
    credentials.replace(users);
    CHECK(credentials.verify("bob", "banana", 0s));
    CHECK(credentials.slow_checks() == 2);
    CHECK_FALSE(credentials.verify("alice", "apple", 0s));
    CHECK(credentials.verify("alice", "apricot", 0s));
    users.remove("alice");
    credentials.replace(users);
    CHECK_FALSE(credentials.verify("alice", "apricot", 0s));
}

TEST_CASE("without users every login costs a hash and is refused") {
    Credentials credentials{Users()};
    CHECK_FALSE(credentials.verify("alice", "apple", 0s));
    CHECK(credentials.slow_checks() == 1);
}
