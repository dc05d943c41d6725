#include "core/error.hpp"
#include "plugin/password_hash.hpp"
#include "support/catch.hpp"

using namespace holdfast;

namespace {

// Made by mosquitto_passwd 2.0.11.
const std::string pbkdf2_of_pwa = "$7$101$uzHplDIIfKURySli$gc0Z3MG5GHal5yTXBe+SOdDJe9oLhTc/"
                                  "IyEwI0Ml5qOtLE5a1M4m/MSLBIhA1ElpQoKZkfA/uF2McOmtSWKvrw==";
const std::string sha512_of_pwc =
    "$6$IC3axDnueW+OqAco$CiGHnB/5rM3jGzpnjQ9jrifZs50jtmjTtSVy2Y5lAyE1b8/"
    "4WOjVZ8kL7CSHlSoaVnSBbfS4HmCTZVpeuR6iEw==";

// From the test vectors of the reference implementation of Argon2.
const std::string argon2id_of_password =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

} // namespace

TEST_CASE("hashes that mosquitto_passwd made are read and written back unchanged") {
    CHECK(PasswordHash::parse(pbkdf2_of_pwa).str() == pbkdf2_of_pwa);
    CHECK(PasswordHash::parse(sha512_of_pwc).str() == sha512_of_pwc);
    CHECK(PasswordHash::parse(pbkdf2_of_pwa).matches("pwa"));
    CHECK(PasswordHash::parse(sha512_of_pwc).matches("pwc"));
    CHECK_FALSE(PasswordHash::parse(pbkdf2_of_pwa).matches("pwb"));
    CHECK_FALSE(PasswordHash::parse(sha512_of_pwc).matches(""));
}

TEST_CASE("a new hash has 210 000 iterations and the 12 bytes of salt that Mosquitto 2.0 reads") {
    const auto hash = PasswordHash::make("secret");
    CHECK(hash.str().substr(0, 10) == "$7$210000$");
    CHECK(hash.str().find('$', 10) == 10 + 16);
    CHECK(hash.matches("secret"));
    CHECK_FALSE(hash.matches("secret "));
    CHECK(PasswordHash::parse(hash.str()) == hash);
}

TEST_CASE("two hashes of one password differ") {
    CHECK_FALSE(PasswordHash::make("secret", 1) == PasswordHash::make("secret", 1));
}

TEST_CASE("a salt of 64 bytes as Mosquitto 2.1 writes it is read") {
    const std::string salt(86, 'A');
    const auto text = "$7$1000$" + salt + "==" + pbkdf2_of_pwa.substr(pbkdf2_of_pwa.rfind('$'));
    CHECK(PasswordHash::parse(text).str() == text);
}

TEST_CASE("an unmatchable hash costs the same and refuses the password of its model") {
    const auto model = PasswordHash::parse(pbkdf2_of_pwa);
    const auto decoy = PasswordHash::unmatchable_like(model);
    CHECK(decoy.cost() == model.cost());
    CHECK(decoy.cost().iterations == 101);
    CHECK_FALSE(decoy.matches("pwa"));
}

TEST_CASE("a malformed hash is refused with its reason") {
    struct Row {
        std::string text;
        std::string reason;
    };
    const auto digest = pbkdf2_of_pwa.substr(pbkdf2_of_pwa.rfind('$'));
    const auto row = GENERATE_COPY(values<Row>({
        {"", "neither"},
        {"$", "neither"},
        {"$5$abc$def", "neither"},
        {"x" + pbkdf2_of_pwa, "neither"},
        {pbkdf2_of_pwa + "$", "neither"},
        {"$argon2id$v=18$m=64,t=3,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
         "argon2id takes v=19"},
        {"$argon2id$v=19$m=7,t=3,p=1$c29tZXNhbHQ$x", "argon2id takes v=19"},
        {"$argon2id$v=19$m=64,t=3,p=9$c29tZXNhbHQ$x", "m of 8 for each lane"},
        {"$argon2id$v=19$m=262145,t=3,p=1$c29tZXNhbHQ$x", "to 262144"},
        {"$argon2id$v=19$m=64,t=101,p=1$c29tZXNhbHQ$x", "t of 1 to 100"},
        {"$argon2id$v=19$t=3,m=64,p=1$c29tZXNhbHQ$x", "argon2id takes v=19"},
        {"$argon2id$v=19$m=64,t=3$c29tZXNhbHQ$x", "argon2id takes v=19"},
        {"$argon2i$v=19$m=64,t=3,p=1$c29tZXNhbHQ$x", "neither"},
        {"$7$0$uzHplDIIfKURySli" + digest, "iterations"},
        {"$7$-1$uzHplDIIfKURySli" + digest, "iterations"},
        {"$7$10000001$uzHplDIIfKURySli" + digest, "iterations"},
        {"$7$99999999999999999999$uzHplDIIfKURySli" + digest, "iterations"},
        {"$7$101x$uzHplDIIfKURySli" + digest, "iterations"},
        {"$7$101$uzHp" + digest, "salt has 3 bytes"},
        {"$7$101$" + digest, "not base64"},
        {"$7$101$uzHplDIIfKURySl" + digest, "not base64"},
        {"$7$101$uzHp DIIfKURySli" + digest, "not base64"},
        {"$7$101$uzHplDIIfKURySli$AAAA", "digest has 3 bytes"},
        {"$7$101$uzHplDIIfKURySli$", "not base64"},
        {"$7$101$uzHplDIIfKURySli" + digest.substr(0, digest.size() - 2), "not base64"},
    }));
    CAPTURE(row.text);
    CHECK_THROWS_WITH(PasswordHash::parse(row.text), ContainsSubstring(row.reason));
}

TEST_CASE("argon2id is read where OpenSSL has it") {
    if (!crypto::has_argon2id()) {
        SKIP_TEST("this OpenSSL has no argon2id");
    }
    const auto hash = PasswordHash::parse(argon2id_of_password);
    CHECK(hash.str() == argon2id_of_password);
    CHECK(hash.matches("password"));
    CHECK_FALSE(hash.matches("passwort"));
    CHECK(PasswordHash::unmatchable_like(hash).cost() == hash.cost());
    CHECK_FALSE(PasswordHash::unmatchable_like(hash).matches("password"));
    CHECK_THROWS_WITH(PasswordHash::parse("$argon2id$v=19$m=64,t=3,p=1$c29tZXNhbHQ$AAAA"),
                      ContainsSubstring("the digest has 3 bytes; it must have 16 to 64"));
}

TEST_CASE("argon2id is refused with the reason where OpenSSL does not have it") {
    if (crypto::has_argon2id()) {
        SKIP_TEST("this OpenSSL has argon2id");
    }
    CHECK_THROWS_WITH(PasswordHash::parse(argon2id_of_password),
                      "argon2id takes OpenSSL 3.2 or later, which this machine does not have");
}
