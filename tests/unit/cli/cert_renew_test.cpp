#include "certs/check.hpp"
#include "certs/issued.hpp"
#include "certs/pem.hpp"
#include "certs/revocation_list.hpp"
#include "cli/cert/due.hpp"
#include "cli/options.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/captured_output.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "support/tls_server.hpp"

#include <algorithm>

using namespace holdfast;
using namespace holdfast::cli;

namespace fs = std::filesystem;

namespace {

/// An appliance's folder, and words to `holdfast cert` about it.
struct Folder {
    test::TempFolder folder;
    fs::path certs = folder / "certs";

    int run(Arguments words) const {
        words.insert(words.end(), {"--dir", folder.path().string()});
        return run_cert(words);
    }
    std::string output(const Arguments& words) const {
        return test::output_of([&] { CHECK(run(words) == exit_fine); });
    }
    void quietly(const Arguments& words) const { static_cast<void>(output(words)); }
    /// The line of `cert list` that begins with the name.
    std::string row(const std::string& name) const {
        const auto text = "\n" + output({"list"});
        const auto begin = text.find("\n" + name + " ");
        REQUIRE(begin != std::string::npos);
        return text.substr(begin + 1, text.find('\n', begin + 1) - begin - 1);
    }
    certs::Description certificate(const std::string& name) const {
        return certs::describe(certs / (name + ".crt"));
    }
};

fs::perms mode(const fs::path& path) {
    return fs::status(path).permissions();
}

} // namespace

TEST_CASE("a certificate is not issued over another unless that is meant") {
    const Folder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone"});
    CHECK_THROWS_WITH(at.run({"issue", "phone"}), ContainsSubstring("'holdfast cert renew phone'"));
    const auto before = at.certificate("phone").serial;
    at.quietly({"issue", "phone", "--force"});
    CHECK(at.certificate("phone").serial != before);
}

TEST_CASE("issue takes a type of key and a lifetime and names of another server") {
    const Folder at;
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
    const Folder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone", "--days", "36000"});
    CHECK(at.certificate("phone").not_after == at.certificate("ca").not_after);
}

TEST_CASE("a passphrase comes from a file and a wrong one changes nothing") {
    const Folder at;
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

TEST_CASE("a renewed certificate keeps name and key and what it is for") {
    const Folder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone", "--hostname", "phone.local", "--days", "30"});
    const auto key = read_file(at.certs / "phone.key");
    const auto before = at.certificate("phone");
    at.quietly({"renew", "phone"});
    const auto after = at.certificate("phone");
    CHECK(read_file(at.certs / "phone.key") == key);
    CHECK(after.serial != before.serial);
    CHECK(after.subject == "phone");
    CHECK(after.names == before.names);
    CHECK(after.for_client);
    CHECK(after.not_after > before.not_after + std::chrono::days(600));
    CHECK(certs::check_pair(at.certs / "phone.crt", at.certs / "phone.key").empty());

    at.quietly({"renew", "phone", "--new-key"});
    CHECK(read_file(at.certs / "phone.key") != key);
    CHECK(certs::check_pair(at.certs / "phone.crt", at.certs / "phone.key").empty());
    CHECK(mode(at.certs / "phone.key") == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("the renewed certificate of the broker has the machine's names and those it had") {
    const Folder at;
    at.quietly({"init"});
    at.quietly({"issue", "server", "--hostname", "broker.example.org"});
    at.quietly({"renew", "server"});
    const auto names = at.certificate("server").names;
    for (const auto* name : {"localhost", "127.0.0.1", "broker.example.org"}) {
        CHECK(std::find(names.begin(), names.end(), name) != names.end());
    }
    CHECK(at.certificate("server").for_server);
}

TEST_CASE("a timer renews the broker's certificate in time and with its key") {
    const Folder at;
    at.quietly({"init"});
    at.quietly({"issue", "server", "--days", "40"});
    at.quietly({"issue", "phone", "--days", "800"});
    const auto key = read_file(at.certs / "server.key");
    const auto before = at.certificate("server");
    CHECK(at.output({"renew", "--due"}).empty());
    CHECK(at.certificate("server").serial == before.serial);
    CHECK_THAT(at.output({"renew", "--due", "--within", "41"}),
               ContainsSubstring("server is renewed"));
    CHECK(at.certificate("server").not_after > before.not_after + std::chrono::days(600));
    CHECK(read_file(at.certs / "server.key") == key);
    CHECK(at.output({"renew", "--due", "--within", "41"}).empty());
    CHECK_THROWS_AS(at.run({"renew", "server", "--due"}), UsageError);
}

TEST_CASE("a timer says what a person has to do and fails until it is done") {
    const Folder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone", "--days", "20"});
    at.quietly({"issue", "pump", "--days", "20"});
    at.quietly({"revoke", "pump"});
    const auto cloud = test::make_authority("Cloud", "cloud");
    write_file(at.certs / "bridge.crt", test::make_leaf(cloud, {.usage = "clientAuth"}).pem(),
               FileMode::public_);
    const auto before = at.certificate("phone").serial;
    int code = -1;
    const auto text = test::output_of([&] { code = at.run({"renew", "--due"}); });
    CHECK(code == exit_no);
    CHECK_THAT(text, ContainsSubstring("phone ends on ") &&
                         ContainsSubstring("'holdfast cert renew phone', and give its holder"));
    CHECK_THAT(text,
               ContainsSubstring("bridge ends on ") && ContainsSubstring("\"cloud\" signed it"));
    CHECK(text.find("pump") == std::string::npos);
    CHECK(at.certificate("phone").serial == before);
}

TEST_CASE("nothing is renewed by a clock that cannot be right") {
    const Folder at;
    at.quietly({"init"});
    at.quietly({"issue", "server", "--days", "20"});
    const auto now = std::chrono::system_clock::now();
    const auto before = at.certificate("server").serial;
    const DueOptions options{.within = std::chrono::days(30),
                             .lifetime = std::chrono::days(730),
                             .receipt_limit = std::chrono::seconds(1)};
    for (const auto wrong : {certs::TimePoint(), now - std::chrono::hours(2)}) {
        const auto text =
            test::output_of([&] { CHECK(renew_due(at.folder.path(), wrong, options)); });
        CHECK_THAT(text, ContainsSubstring("the clock says " + certs::utc_text(wrong)) &&
                             ContainsSubstring("nothing is renewed before the clock is set"));
        CHECK(at.certificate("server").serial == before);
    }
    CHECK(certs::clock_fault(at.certs, now + std::chrono::hours(1)).empty());
    const auto text = test::output_of(
        [&] { CHECK(renew_due(at.folder.path(), now + std::chrono::hours(1), options)); });
    CHECK_THAT(text, ContainsSubstring("server is renewed"));
}

TEST_CASE("a certificate that ends with its authority is not renewed every day") {
    const Folder at;
    at.quietly({"init"});
    at.quietly({"issue", "server", "--days", "36000"});
    const auto before = at.certificate("server");
    const auto late = before.not_after - std::chrono::days(10);
    const auto text = test::output_of([&] {
        CHECK_FALSE(renew_due(at.folder.path(), late,
                              {.within = std::chrono::days(30),
                               .lifetime = std::chrono::days(730),
                               .receipt_limit = std::chrono::seconds(1)}));
    });
    CHECK_THAT(text, ContainsSubstring("server ends on ") &&
                         ContainsSubstring("with the authority itself") &&
                         ContainsSubstring("ca ends on "));
    CHECK(at.certificate("server").serial == before.serial);
}

TEST_CASE("what another authority signed is not renewed here") {
    const Folder at;
    at.quietly({"init"});
    const auto cloud = test::make_authority("Cloud", "cloud");
    const auto bridge = test::make_leaf(cloud, {.usage = "clientAuth"});
    write_file(at.certs / "bridge.crt", bridge.pem(), FileMode::public_);
    write_file(at.certs / "bridge.key", certs::to_pem(*bridge.key), FileMode::secret);
    CHECK_THROWS_WITH(at.run({"renew", "bridge"}), ContainsSubstring("is signed by \"cloud\""));
    CHECK_THROWS_WITH(at.run({"revoke", "bridge"}), ContainsSubstring("has signed nothing"));
    CHECK_THROWS_WITH(at.run({"renew", "nobody"}), ContainsSubstring("does not exist"));
}

TEST_CASE("revoke takes all that was made for a name and nobody else") {
    const Folder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone"});
    at.quietly({"issue", "pump"});
    const auto first = at.certificate("phone").serial;
    at.quietly({"renew", "phone", "--new-key"});
    const auto second = at.certificate("phone").serial;
    at.quietly({"revoke", "phone"});
    CHECK(certs::revoked_serials(at.certs / "crl.pem") == std::set<std::string>{first, second});
    at.quietly({"revoke", "pump"});
    CHECK(certs::revoked_serials(at.certs / "crl.pem").size() == 3);
}

TEST_CASE("revoke finds a certificate from before there was a record") {
    const Folder at;
    at.quietly({"init"});
    at.quietly({"issue", "phone"});
    fs::remove(at.certs / "issued.pem");
    fs::remove(at.certs / "crl.pem");
    at.quietly({"revoke", "phone"});
    CHECK(certs::revoked_serials(at.certs / "crl.pem") ==
          std::set<std::string>{at.certificate("phone").serial});
}

TEST_CASE("list shows who has what until when and what became of it") {
    const Folder at;
    CHECK_THROWS_WITH(at.run({"list"}), ContainsSubstring("'holdfast cert init'"));
    at.quietly({"init"});
    at.quietly({"issue", "server"});
    at.quietly({"issue", "phone", "--days", "30"});
    at.quietly({"issue", "pump"});
    at.quietly({"revoke", "pump"});
    CHECK_THAT(at.row("ca"), ContainsSubstring(" authority ") && ContainsSubstring("days left"));
    CHECK_THAT(at.row("server"), ContainsSubstring(" server ") && ContainsSubstring("appliance"));
    CHECK_THAT(at.row("phone"),
               ContainsSubstring(" client ") &&
                   ContainsSubstring(certs::utc_text(at.certificate("phone").not_after)) &&
                   ContainsSubstring("29 days left"));
    CHECK_THAT(at.row("pump"), ContainsSubstring("revoked"));
    at.quietly({"renew", "phone"});
    CHECK_THAT(at.output({"list"}), ContainsSubstring("29 days left, replaced or removed here"));
}

TEST_CASE("export writes each format for its owner's eyes and over nothing") {
    const Folder at;
    at.quietly({"init"});
    at.quietly({"issue", "esp32"});
    write_file(at.folder / "password", "a password\n", FileMode::secret);
    const auto out = (at.folder / "out").string();
    const auto export_as = [&](const std::string& format, Arguments more = {}) {
        more.insert(more.begin(), {"export", "esp32", "--format", format, "--out", out});
        at.quietly(more);
        CHECK(mode(out) == (fs::perms::owner_read | fs::perms::owner_write));
        return read_file(out);
    };
    const auto pem = export_as("pem");
    CHECK(certs::parse_certificates(pem, "out", certs::Remedy::issue_again).size() == 2);
    CHECK_THROWS_WITH(at.run({"export", "esp32", "--out", out}), ContainsSubstring("--force"));
    CHECK_THAT(export_as("c-header", {"--force"}), ContainsSubstring("holdfast_key_pem[] ="));
    const auto p12 =
        export_as("p12", {"--force", "--password-file", (at.folder / "password").string()});
    CHECK(p12.substr(0, 2) == "\x30\x82"); // a DER sequence
    CHECK_THROWS_AS(at.run({"export", "esp32", "--format", "zip"}), UsageError);
    CHECK_THROWS_WITH(at.run({"export", "nobody"}), ContainsSubstring("does not exist"));
}

namespace {

/// What AWS lets one download for a thing.
struct AwsKit {
    test::TempFolder folder;
    test::Made amazon = test::make_authority("Amazon", "Amazon Root CA 1");
    test::Made iot = test::make_authority("Amazon.com", "AWS IoT Certificate");
    test::Made thing = test::make_leaf(iot, {.names = {"thing"}, .usage = "clientAuth"});

    AwsKit() {
        write("AmazonRootCA1.pem", amazon.pem());
        write("abc-certificate.pem.crt", thing.pem());
        write("abc-private.pem.key", certs::to_pem(*thing.key));
        write("abc-public.pem.key", "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n");
    }
    void write(const std::string& name, const std::string& text) const {
        write_file(folder / name, text, FileMode::secret);
    }
};

} // namespace

TEST_CASE("import takes an AWS kit by what is in its files") {
    const Folder at;
    const AwsKit kit;
    at.quietly({"import", kit.folder.path().string()});
    CHECK(read_file(at.certs / "cloud-ca.crt") == kit.amazon.pem());
    CHECK(read_file(at.certs / "bridge.crt") == kit.thing.pem());
    CHECK(certs::check_pair(at.certs / "bridge.crt", at.certs / "bridge.key").empty());
    CHECK(mode(at.certs / "bridge.key") == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK_THROWS_WITH(at.run({"import", kit.folder.path().string()}), ContainsSubstring("--force"));
    CHECK(at.run({"import", kit.folder.path().string(), "--force"}) == exit_fine);
}

TEST_CASE("import puts a kit where the configuration looks for it") {
    const Folder at;
    const AwsKit kit;
    write_file(at.folder / "holdfast.conf",
               "[site]\nname = shed\n[cloud]\nkind = aws-iot-core\naddress = "
               "x-ats.iot.eu-west-1.amazonaws.com\ncertificate = aws/t.crt\nkey = aws/t.key\n"
               "ca = aws/root.pem\n",
               FileMode::public_);
    at.quietly({"import", kit.folder.path().string()});
    CHECK(read_file(at.folder / "aws/root.pem") == kit.amazon.pem());
    CHECK(certs::check_pair(at.folder / "aws/t.crt", at.folder / "aws/t.key").empty());
}

TEST_CASE("import refuses a kit that is not whole and touches nothing") {
    const Folder at;
    const AwsKit kit;
    const auto refused = [&](const std::string& why) {
        CHECK_THROWS_WITH(at.run({"import", kit.folder.path().string()}), ContainsSubstring(why));
        CHECK_FALSE(fs::exists(at.certs));
    };
    SECTION("of two things") {
        kit.write("abc-private.pem.key", certs::to_pem(*test::make_leaf(kit.iot).key));
        refused("they are of two kits");
    }
    SECTION("with two keys") {
        kit.write("def-private.pem.key", certs::to_pem(*kit.iot.key));
        refused("one private key and has 2");
    }
    SECTION("without the root") {
        fs::remove(kit.folder / "AmazonRootCA1.pem");
        refused("AmazonRootCA1.pem");
    }
    SECTION("without the certificate") {
        fs::remove(kit.folder / "abc-certificate.pem.crt");
        refused("one certificate and has 0");
    }
    SECTION("that has expired") {
        const auto now = std::chrono::system_clock::now();
        const auto old = test::make_leaf(kit.iot, {.not_before = now - std::chrono::hours(9),
                                                   .not_after = now - std::chrono::hours(1),
                                                   .usage = "clientAuth"});
        kit.write("abc-certificate.pem.crt", old.pem());
        kit.write("abc-private.pem.key", certs::to_pem(*old.key));
        refused("expired on");
    }
    SECTION("of a server") {
        const auto server = test::make_leaf(kit.iot);
        kit.write("abc-certificate.pem.crt", server.pem());
        kit.write("abc-private.pem.key", certs::to_pem(*server.key));
        refused("is not for a client");
    }
    CHECK_THROWS_AS(at.run({"import"}), UsageError);
}
