#include "core/error.hpp"
#include "plugin/users.hpp"
#include "support/catch.hpp"

using namespace holdfast;

namespace {

const std::string hash = "$7$101$uzHplDIIfKURySli$gc0Z3MG5GHal5yTXBe+SOdDJe9oLhTc/"
                         "IyEwI0Ml5qOtLE5a1M4m/MSLBIhA1ElpQoKZkfA/uF2McOmtSWKvrw==";

} // namespace

TEST_CASE("a users file gives its users") {
    const auto users =
        Users::parse("# made by hand\nalice:" + hash + "\r\n\n bob b : " + hash + " \n", "users");
    CHECK(users.all().size() == 2);
    REQUIRE(users.find("alice") != nullptr);
    CHECK(users.find("alice")->matches("pwa"));
    CHECK(users.find("bob b") != nullptr);
    CHECK(users.find("carol") == nullptr);
    CHECK(Users::parse("", "users").all().empty());
}

TEST_CASE("the first bad line of a users file is named with the fix") {
    struct Row {
        std::string text;
        std::string message;
    };
    const auto row = GENERATE(values<Row>({
        {"a:" + hash + "\n\nalice:secret\n",
         "users:3: 'alice' has a plaintext password; run holdfast user passwd alice"},
        {"alice:\n", "users:1: 'alice' has no password; run holdfast user passwd alice"},
        {"alice\n", "users:1: there is no colon; a line reads name:hash"},
        {":" + hash, "users:1: the user name is empty"},
        {" #x:" + hash, "users:1: a user name cannot begin with # or hold a colon"},
        {"a\tb:" + hash, "users:1: a user name cannot hold control characters or have blanks at "
                         "its ends"},
        {"\xff:" + hash, "users:1: a user name must be UTF-8 of at most 65535 bytes"},
        {"a:" + hash + "\nb:" + hash + "\na:" + hash,
         "users:3: 'a' is here twice; remove one of the lines"},
        {"a:" + hash + "\n#disabled a:" + hash,
         "users:2: 'a' is here twice; remove one of the lines"},
        {"#disabled a:$9$x$y", "users:1: 'a' has an unreadable password hash (the hash is neither "
                               "$6$salt$digest nor $7$iterations$salt$digest nor argon2id's); run "
                               "holdfast user passwd a"},
        {"a:$9$x$y", "users:1: 'a' has an unreadable password hash (the hash is neither "
                     "$6$salt$digest nor $7$iterations$salt$digest nor argon2id's); run holdfast "
                     "user passwd a"},
    }));
    CAPTURE(row.text);
    CHECK_THROWS_WITH(Users::parse(row.text, "users"), row.message);
}

TEST_CASE("a message about a bad line never shows the password") {
    const auto text = GENERATE(as<std::string>(), "alice:hunter2\n", "alice:$7$hunter2\n",
                               "alice:$6$hunter2$x\n");
    try {
        Users::parse(text, "users");
        FAIL("it was accepted");
    } catch (const InputError& error) {
        CHECK_THAT(error.what(), !ContainsSubstring("hunter2"));
    }
}

TEST_CASE("users can be added and replaced and removed and written") {
    Users users;
    users.set("bob", PasswordHash::make("one", 1));
    users.set("alice", PasswordHash::make("two", 1));
    users.set("bob", PasswordHash::make("three", 1));
    CHECK(users.find("bob")->matches("three"));
    CHECK(Users::parse(users.str(), "users") == users);
    CHECK(users.str().substr(0, 6) == "alice:");
    CHECK(users.remove("bob"));
    CHECK_FALSE(users.remove("bob"));
    CHECK_THROWS_AS(users.set("a:b", PasswordHash::make("x", 1)), Error);
    CHECK_THROWS_AS(users.set("a\nb", PasswordHash::make("x", 1)), Error);
    CHECK_THROWS_AS(users.set("", PasswordHash::make("x", 1)), Error);
}

TEST_CASE("a disabled user keeps the password and is nobody") {
    Users users;
    users.set("alice", PasswordHash::make("apple", 1));
    users.set("bob", PasswordHash::make("banana", 1));
    CHECK(users.disable("alice"));
    CHECK_FALSE(users.disable("alice"));
    CHECK_FALSE(users.disable("carol"));
    CHECK(users.find("alice") == nullptr);
    CHECK(users.is_disabled("alice"));
    CHECK(users.has("alice"));
    CHECK(users.all().size() == 1);
    CHECK(users.str().find("#disabled alice:$7$1$") != std::string::npos);
    CHECK(Users::parse(users.str(), "users") == users);
    users.set("alice", PasswordHash::make("apricot", 1));
    CHECK(users.is_disabled("alice"));
    CHECK(users.enable("alice"));
    CHECK_FALSE(users.enable("alice"));
    REQUIRE(users.find("alice") != nullptr);
    CHECK(users.find("alice")->matches("apricot"));
    users.disable("bob");
    CHECK(users.remove("bob"));
    CHECK_FALSE(users.has("bob"));
}

TEST_CASE("a comment about disabled users is a comment") {
    CHECK(Users::parse("#disabled users: none\n#disabledbob:$x\n# disabled bob:$x\n", "users") ==
          Users());
}
