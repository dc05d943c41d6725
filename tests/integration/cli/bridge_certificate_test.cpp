// A new certificate of the bridge on a live appliance: kept only after a receipt through it.
#include "certs/authority.hpp"
#include "certs/check.hpp"
#include "certs/inspect.hpp"
#include "cli/backup/archive.hpp"
#include "command.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace fs = std::filesystem;

namespace {

/// An appliance whose bridge uses a certificate of the cloud's authority, which is at hand.
class Site {
public:
    Site() {
        fs::create_directories(authority());
        for (const auto* const name : {"ca.crt", "ca.key"}) {
            fs::copy_file(site.cloud_folder() / "certs" / name, authority() / name);
        }
    }
    fs::path authority() const { return site.folder() / "cloud-authority"; }
    fs::path certificate() const { return site.folder() / "certs/bridge.crt"; }
    std::string serial() const { return certs::describe(certificate()).serial; }
    std::string key() const { return read_file(site.folder() / "certs/bridge.key"); }
    /// A certificate of this site that ends so soon, in place of what the bridge has.
    void use(std::chrono::days lifetime) const {
        const auto made = certs::Authority::open(authority())
                              .issue({.purpose = certs::Purpose::client,
                                      .common_name = Appliance::site,
                                      .lifetime = lifetime},
                                     std::chrono::system_clock::now());
        certs::save(made, site.folder() / "certs", "bridge");
    }
    std::vector<std::string> words(std::vector<std::string> more) const {
        more.insert(more.begin(), "cert");
        more.insert(more.end(), {"--dir", site.folder().string()});
        return more;
    }
    bool told(const std::string& topic, const std::string& text) {
        return site.on_site().wait_for([&](const auto& delivery) {
            return delivery.topic == topic && delivery.payload.find(text) != std::string::npos;
        });
    }
    bool alerted(const std::string& text) { return told("holdfast/alert/certificates", text); }
    bool audited(const std::string& name, const std::string& event) {
        return told("holdfast/audit/certificate", R"("name":")" + name + R"(","event":")" + event);
    }
    bool trial_is_over() const { return !fs::exists(site.folder() / "certs/bridge.slots"); }

    Appliance site;
};

/// A kit of another authority, which the cloud broker does not trust, for its own CA.
void make_strange_kit(const fs::path& folder, const fs::path& cloud_ca) {
    const auto stranger = certs::Authority::create(folder / "authority", "stranger",
                                                   std::chrono::system_clock::now());
    const auto made =
        stranger.issue({.purpose = certs::Purpose::client, .common_name = Appliance::site},
                       std::chrono::system_clock::now());
    fs::create_directories(folder / "kit");
    certs::save(made, folder / "kit", "thing");
    fs::copy_file(cloud_ca, folder / "kit/root.crt");
}

} // namespace

TEST_CASE("a new bridge certificate is kept once a receipt came through it") {
    Site at;
    at.site.start();
    const auto serial = at.serial();
    const auto key = at.key();
    const auto outcome = holdfast_command(at.words({"renew", "bridge", "--new-key"}));
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.output, ContainsSubstring("a receipt came through the new certificate"));
    CHECK(at.serial() != serial);
    CHECK(at.key() != key);
    CHECK(at.trial_is_over());
    CHECK(at.audited("bridge", "a new one is kept: a receipt came through it"));
    CHECK(at.site.wait_for_link(true));
    CHECK(at.site.settle().lost == 0);
}

TEST_CASE("the end of a certificate and its renewal by the timer are told in the audit") {
    Site at;
    REQUIRE(holdfast_command(at.words({"issue", "server", "--days", "13", "--force"})).status == 0);
    at.site.start();
    CHECK(at.audited("server", "ends on "));
    CHECK(at.alerted("the certificate 'server' ends on "));
    const auto outcome = holdfast_command(at.words({"renew", "--due"}));
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK(at.audited("server", "renewed; it counts until "));
}

TEST_CASE("the timer renews the bridge certificate that ends soon with its key") {
    Site at;
    at.use(std::chrono::days(20));
    at.site.start();
    const auto key = at.key();
    const auto outcome = holdfast_command(at.words({"renew", "--due"}));
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK(at.key() == key);
    CHECK(certs::describe(at.certificate()).not_after >
          std::chrono::system_clock::now() + std::chrono::days(700));
    CHECK(at.site.settle().lost == 0);
}

TEST_CASE("a bridge certificate that the cloud refuses does not replace one that works") {
    Site at;
    at.site.start();
    const auto serial = at.serial();
    const auto key = at.key();
    const TempFolder folder;
    make_strange_kit(folder.path(), at.authority() / "ca.crt");
    const auto outcome =
        holdfast_command(at.words({"import", (folder / "kit").string(), "--timeout", "10"}));
    INFO(outcome.output);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.output,
               ContainsSubstring("not kept: the bridge does not get through") &&
                   ContainsSubstring("the old one is back, and receipts come through it"));
    CHECK(at.serial() == serial);
    CHECK(at.key() == key);
    CHECK(at.trial_is_over());
    CHECK(at.alerted("the new certificate of the bridge is not kept"));
    CHECK(at.audited("bridge", "a new one is not kept: the bridge does not get through"));
    CHECK(at.site.settle().lost == 0);
}

TEST_CASE("a trial that was killed is in no backup and is taken back by the next command") {
    Site at;
    at.site.start();
    const auto serial = at.serial();
    const TempFolder folder;
    make_strange_kit(folder.path(), at.authority() / "ca.crt");
    auto words = at.words({"import", (folder / "kit").string(), "--timeout", "600"});
    words.insert(words.begin(), HOLDFAST);
    Program trial("trial", {words, folder / "trial.log"});
    trial.start();
    REQUIRE(at.site.wait_for_link(false));
    CHECK(at.serial() != serial);

    const auto archive = (folder / "backup.tar.gz").string();
    Program backup("backup", {{HOLDFAST, "backup", archive, "--dir", at.site.folder().string()},
                              folder / "backup.log"});
    backup.start();
    CHECK(backup.wait_for_log("waiting until it is decided which certificates"));
    trial.kill();
    CHECK(backup.exit_status(std::chrono::seconds(60)) == 0);
    cli::extract_archive(archive, folder / "restored");
    const auto restored = folder / "restored/appliance/certs";
    CHECK(certs::describe(restored / "bridge.crt").serial == serial);
    CHECK(certs::check_pair(restored / "bridge.crt", restored / "bridge.key").empty());
    CHECK_FALSE(fs::exists(restored / "bridge.slots"));

    const auto outcome = holdfast_command(at.words({"renew", "--due"}));
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.output, ContainsSubstring("was cut off; the old one is back"));
    CHECK(at.audited("bridge", "a trial of a new one was cut off; the old one is back"));
    CHECK(at.serial() == serial);
    CHECK(at.trial_is_over());
    CHECK(at.site.wait_for_link(true));
    CHECK(at.site.settle().lost == 0);
}

TEST_CASE("without the local broker no bridge certificate is replaced") {
    const Site at;
    const auto serial = at.serial();
    const auto outcome = holdfast_command(at.words({"renew", "bridge", "--timeout", "2"}));
    INFO(outcome.output);
    CHECK(outcome.status == 1);
    CHECK_THAT(outcome.output, ContainsSubstring("the local broker cannot be reached"));
    CHECK(at.serial() == serial);
    CHECK(at.trial_is_over());
}

TEST_CASE("a bridge certificate that is a link is not replaced") {
    const Site at;
    const auto vault = at.site.folder() / "vault.crt";
    fs::rename(at.certificate(), vault);
    fs::create_symlink(vault, at.certificate());
    const auto outcome = holdfast_command(at.words({"renew", "bridge", "--timeout", "2"}));
    INFO(outcome.output);
    CHECK(outcome.status == 3);
    CHECK_THAT(outcome.output, ContainsSubstring("bridge.crt is a link to " + vault.string()));
    CHECK(fs::read_symlink(at.certificate()) == vault);
    CHECK(at.trial_is_over());
}
