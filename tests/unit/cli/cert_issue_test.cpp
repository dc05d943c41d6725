#include "cert_folder.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"

using namespace holdfast;
using namespace holdfast::cli;
using test::CertFolder;

namespace fs = std::filesystem;

TEST_CASE("a certificate is not issued over another unless that is meant") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone"});
    CHECK_THROWS_WITH(at.run({"issue", "phone"}), ContainsSubstring("'holdfast cert renew phone'"));
    const auto before = at.certificate("phone").serial;
    at.quietly({"issue", "phone", "--force"});
    CHECK(at.certificate("phone").serial != before);
}

TEST_CASE("issue takes a type of key and a lifetime and names of another server") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "node-red", "--server", "--hostname", "red.local", "--key-type",
                "rsa-2048", "--days", "30"});
    const auto made = at.certificate("node-red");
    CHECK(made.for_server);
    CHECK(made.names == std::vector<std::string>{"red.local"});
    CHECK(made.not_after < std::chrono::system_clock::now() + std::chrono::days(31));
    CHECK_THROWS_WITH(at.run({"issue", "x", "--key-type", "dsa"}), ContainsSubstring("rsa-4096"));
    CHECK_THROWS_AS(at.run({"issue", "x", "--days", "0"}), Error);
    CHECK_FALSE(fs::exists(at.certs / "x.crt"));
}

TEST_CASE("a leaf that is asked for longer than its authority ends with it") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone", "--days", "36000"});
    CHECK(at.certificate("phone").not_after == at.certificate("ca").not_after);
}

TEST_CASE("a passphrase comes from a file and a wrong one changes nothing") {
    const CertFolder at;
    write_file(at.folder / "good", "open sesame\n", FileMode::secret);
    write_file(at.folder / "bad", "sesame", FileMode::secret);
    write_file(at.folder / "none", "\n", FileMode::secret);
    const auto file = [&](const char* name) { return (at.folder / name).string(); };
    at.quietly({"init", "--passphrase-file", file("good")});
    CHECK_THROWS_WITH(at.run({"issue", "phone", "--passphrase-file", file("bad")}),
                      ContainsSubstring("the passphrase is not this key's"));
    CHECK_THROWS_WITH(at.run({"issue", "phone", "--passphrase-file", file("none")}),
                      ContainsSubstring("is empty"));
    CHECK_FALSE(fs::exists(at.certs / "phone.crt"));
    at.quietly({"issue", "phone", "--passphrase-file", file("good")});
    CHECK(fs::exists(at.certs / "phone.crt"));
}
