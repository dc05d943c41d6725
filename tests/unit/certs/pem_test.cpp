#include "certs/inspect.hpp"
#include "certs/pem.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "unit/certs/fixture.hpp"

#include <unistd.h>

#include <random>

using namespace holdfast;
using namespace holdfast::certs;
using test::made_at;

namespace {

std::string without_middle(const std::string& pem) {
    return pem.substr(0, pem.size() / 3) + pem.substr(pem.size() * 2 / 3);
}

/// Root may read everything: puts its rights down while this object lives.
class Unprivileged {
public:
    Unprivileged() {
        constexpr uid_t nobody = 65534;
        REQUIRE((user_ != 0 || ::seteuid(nobody) == 0));
    }
    Unprivileged(const Unprivileged&) = delete;
    Unprivileged& operator=(const Unprivileged&) = delete;
    ~Unprivileged() { static_cast<void>(::seteuid(user_) == 0); }

private:
    uid_t user_ = ::geteuid();
};

} // namespace

TEST_CASE("a certificate is described as it was issued") {
    const test::Site site;
    const auto path = site.issue(test::for_server({"pi.local", "::1", "10.0.0.1"}), "broker");
    const auto description = describe(path);
    CHECK(description.subject == "server");
    CHECK(description.issuer == "greenhouse");
    CHECK(description.names == std::vector<std::string>{"pi.local", "::1", "10.0.0.1"});
    CHECK(description.for_server);
    CHECK_FALSE(description.for_client);
    CHECK_FALSE(description.authority);
    CHECK(description.serial.size() == 40);
    CHECK(description.fingerprint.size() == 32 * 3 - 1);
    CHECK(utc_text(description.not_after) == "2032-06-14 12:00 UTC");
}

TEST_CASE("each bad certificate or key file gives one message with path and remedy") {
    const test::Site site;
    const auto pair = site.authority.issue(test::for_client("c"), made_at);
    const std::string encrypted_key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n"
                                      "-----END ENCRYPTED PRIVATE KEY-----\n";
    const std::string old_encrypted_key =
        "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMIIB\n"
        "-----END EC PRIVATE KEY-----\n";
    struct Row {
        bool key;
        std::string content;
        std::string place_and_fault;
        std::string remedy;
    };
    const auto row = GENERATE_COPY(values<Row>({
        {false, "", "file: is empty", "'holdfast cert issue'"},
        {true, " \n\n", "file: is empty", "'holdfast cert issue'"},
        {false, "hello\n", "file: is not PEM text", "'holdfast cert issue'"},
        {true, std::string("\x30\x82\x01\x00", 4), "file: is not PEM text", "restore it"},
        {false, pair.key_pem, "file:1: holds a private key, not a certificate",
         "exchange the paths"},
        {true, pair.certificate_pem, "file:1: holds a certificate, not a private key", "exchange"},
        {true, "\n-----BEGIN PUBLIC KEY-----\n", "file:2: holds \"PUBLIC KEY\", not a", "restore"},
        {false, without_middle(pair.certificate_pem), "file:1: the certificate is damaged",
         "restore"},
        {true, without_middle(pair.key_pem), "file:1: the private key is damaged", "restore it"},
        {false, pair.certificate_pem.substr(0, 300), "file:1: the certificate is damaged",
         "restore"},
        {false, "# mine\n" + without_middle(pair.certificate_pem), "file:2: the cert", "restore"},
        {true, encrypted_key, "file:1: needs a passphrase", "remove it with"},
        {true, old_encrypted_key, "file:1: needs a passphrase", "remove it with"},
        {false, std::string(max_pem_bytes + 1, 'x'), "file: is larger than 1 MiB",
         "check the path"},
    }));
    const auto path = site.folder / "file";
    write_file(path, row.content, FileMode::public_);
    if (row.key) {
        CHECK_THROWS_AS(load_key(path, Remedy::issue_again), InputError);
        CHECK_THROWS_WITH(load_key(path, Remedy::issue_again),
                          ContainsSubstring(row.place_and_fault) && ContainsSubstring(row.remedy));
    } else {
        CHECK_THROWS_AS(load_certificates(path, Remedy::issue_again), InputError);
        CHECK_THROWS_WITH(load_certificates(path, Remedy::issue_again),
                          ContainsSubstring(row.place_and_fault) && ContainsSubstring(row.remedy));
    }
}

TEST_CASE("a missing file is an error with path and remedy") {
    const test::TempFolder folder;
    CHECK_THROWS_WITH(load_key(folder / "bridge.key", Remedy::issue_again),
                      ContainsSubstring("bridge.key: does not exist; restore it from a backup or "
                                        "issue a new one with 'holdfast cert issue'"));
    CHECK_THROWS_WITH(Authority::open(folder.path()),
                      ContainsSubstring("ca.crt: does not exist") &&
                          ContainsSubstring("'holdfast cert init'"));
}

TEST_CASE("a file that cannot be read is an error of the environment") {
    const test::Site site;
    CHECK_THROWS_AS(load_key(site.folder.path(), Remedy::issue_again), SystemError); // a folder
    std::filesystem::permissions(site.folder / "ca.key", std::filesystem::perms::none);
    const Unprivileged unprivileged;
    CHECK_THROWS_AS(load_key(site.folder / "ca.key", Remedy::issue_again), SystemError);
    CHECK_THROWS_WITH(load_key(site.folder / "ca.key", Remedy::issue_again),
                      ContainsSubstring("ca.key: cannot be read (run this as root"));
}

TEST_CASE("a key whose halves do not belong together is damaged") {
    const test::Site site;
    const auto pem = site.authority.issue(test::for_client("c"), made_at).key_pem;
    // The private half of a P-256 key stands in the second line of its PKCS #8 text.
    auto damaged = pem;
    const auto place = pem.find('\n') + 1 + 60;
    damaged[place] = pem[place] == 'A' ? 'B' : 'A';
    CHECK_THROWS_WITH(parse_key(damaged, "x.key", Remedy::issue_again),
                      ContainsSubstring("x.key:1: the private key is damaged"));
}

TEST_CASE("all certificates of a bundle are read and a damaged one is named by its line") {
    const test::Site site;
    const auto good = site.authority.certificate_pem();
    CHECK(parse_certificates("one\n" + good + "two\n" + good, "x", Remedy::issue_again).size() ==
          2);
    const auto lines = std::count(good.begin(), good.end(), '\n');
    CHECK_THROWS_WITH(
        parse_certificates(good + without_middle(good), "x", Remedy::issue_again),
        ContainsSubstring("x:" + std::to_string(lines + 1) + ": the certificate is damaged"));
}

TEST_CASE("cut and flipped files are read or refused but never worse", "[random]") {
    const test::Site site;
    const auto pair = site.authority.issue(test::for_server({"pi.local", "::1"}), made_at);
    std::mt19937 random(Catch::rngSeed());
    const auto below = [&random](std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
    };
    int refused = 0;
    constexpr int rounds = 3000;
    for (int round = 0; round < rounds; ++round) {
        const bool key = round % 2 == 0;
        auto pem = key ? pair.key_pem : pair.certificate_pem;
        for (auto flips = below(4); flips > 0; --flips) {
            auto& byte = pem[below(pem.size())];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << below(8)));
        }
        if (below(2) == 0) {
            pem.resize(below(pem.size()));
        }
        try {
            if (key) {
                parse_key(pem, "fuzz", Remedy::issue_again);
            } else {
                describe(*parse_certificates(pem, "fuzz", Remedy::issue_again).front());
            }
        } catch (const Error&) {
            ++refused;
        }
    }
    CHECK(refused > rounds / 2);
    CHECK(refused < rounds);
}
