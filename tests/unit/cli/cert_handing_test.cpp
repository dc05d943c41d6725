#include "cert_folder.hpp"
#include "certs/check.hpp"
#include "certs/pem.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/tls_server.hpp"

using namespace holdfast;
using namespace holdfast::cli;
using test::CertFolder;

namespace fs = std::filesystem;

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

TEST_CASE("export writes each format for its owner's eyes and over nothing") {
    const CertFolder at;
    at.quietly({"init"});
    at.quietly({"issue", "esp32"});
    write_file(at.folder / "password", "a password\n", FileMode::secret);
    const auto out = (at.folder / "out").string();
    const auto export_as = [&](const std::string& format, Arguments more = {}) {
        more.insert(more.begin(), {"export", "esp32", "--format", format, "--out", out});
        at.quietly(more);
        CHECK(test::mode(out) == (fs::perms::owner_read | fs::perms::owner_write));
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

TEST_CASE("import takes an AWS kit by what is in its files") {
    const CertFolder at;
    const AwsKit kit;
    at.quietly({"import", kit.folder.path().string()});
    CHECK(read_file(at.certs / "cloud-ca.crt") == kit.amazon.pem());
    CHECK(read_file(at.certs / "bridge.crt") == kit.thing.pem());
    CHECK(certs::check_pair(at.certs / "bridge.crt", at.certs / "bridge.key").empty());
    CHECK(test::mode(at.certs / "bridge.key") == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK_THROWS_WITH(at.run({"import", kit.folder.path().string()}), ContainsSubstring("--force"));
    CHECK(at.run({"import", kit.folder.path().string(), "--force"}) == exit_fine);
}

TEST_CASE("import puts a kit where the configuration looks for it") {
    const CertFolder at;
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
    const CertFolder at;
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
