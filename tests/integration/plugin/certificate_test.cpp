#include "certs/authority.hpp"
#include "core/atomic_file.hpp"
#include "plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/client_certificates.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

using Version = MqttClient::Version;

namespace {

const std::string policy = "user alice\ntopic readwrite a/%u/#\nuser bob\ntopic readwrite a/%u/#\n";

const Users& users() {
    static const Users made = users_with({{"alice", "apple"}, {"bob", "banana"}});
    return made;
}

/// An authority with a server and the clients alice, bob and mallory, who is no user.
struct Certificates {
    TempFolder folder;

    Certificates() {
        const auto now = std::chrono::system_clock::now();
        const auto authority = certs::Authority::create(folder.path(), "Site CA", now);
        certs::save(authority.issue({.purpose = certs::Purpose::server,
                                     .common_name = "broker",
                                     .alt_names = {"127.0.0.1"}},
                                    now),
                    folder.path(), "server");
        for (const auto* name : {"alice", "bob", "mallory"}) {
            certs::save(
                authority.issue({.purpose = certs::Purpose::client, .common_name = name}, now),
                folder.path(), name);
        }
        revoke({});
    }
    void revoke(const std::vector<std::filesystem::path>& names) const {
        write_file(folder / "crl.pem", revocation_list(folder.path(), names), FileMode::public_);
    }
    std::string config(const std::string& options) const {
        return fmt::format("plugin_opt_certificate_user cn\nplugin_opt_crl {0}/crl.pem\n{1}"
                           "listener @PORT@ 127.0.0.1\ncafile {0}/ca.crt\ncertfile {0}/server.crt\n"
                           "keyfile {0}/server.key\nrequire_certificate true\n",
                           folder.path().string(), options);
    }
    MqttClient::Options holder(const std::string& name) const {
        MqttClient::Options options;
        options.ca_file = folder / "ca.crt";
        options.certificate_file = folder / (name + ".crt");
        options.key_file = folder / (name + ".key");
        return options;
    }
};

/// The CONNACK of a client with the certificate of `name`, and perhaps a name and a password.
int enter(const PluginBroker& site, MqttClient::Options options, const std::string& user = "",
          const std::string& password = "") {
    options.username = user;
    options.password = password;
    return MqttClient(site.port(), options).connect();
}

} // namespace

TEST_CASE("a certificate says who its holder is and the policy counts for that user") {
    const Certificates certificates;
    PluginBroker site(users(), policy, certificates.config(""));
    auto options = certificates.holder("alice");
    options.version = GENERATE(Version::v31, Version::v311, Version::v5);
    MqttClient alice(site.port(), options);
    REQUIRE(alice.connect() == 0);
    REQUIRE(alice.subscribe("a/alice/#") == 0);
    alice.publish("a/bob/x", "", 1);
    CHECK(alice.publish("a/alice/x", "", 1) == 0);
    CHECK(alice.receive()->topic == "a/alice/x");
    const auto before = site.broker().log().size();
    site.broker().sighup();
    REQUIRE(site.broker().wait_for_log("users and policy reloaded", before));
    CHECK(alice.publish("a/alice/y", "", 1) == 0);
    CHECK(alice.receive()->topic == "a/alice/y");
}

TEST_CASE("a certificate of somebody unknown or disabled or under another name stays out") {
    const Certificates certificates;
    auto some = users();
    some.disable("bob");
    PluginBroker site(some, policy, certificates.config(""));
    CHECK(enter(site, certificates.holder("mallory")) == 5);
    CHECK(enter(site, certificates.holder("bob")) == 5);
    CHECK(enter(site, certificates.holder("bob"), "alice", "apple") == 5);
    CHECK(enter(site, certificates.holder("alice"), "alice", "not looked at") == 0);
    const auto log = site.broker().log();
    CHECK(log.find("reason=\"the user of the certificate is unknown or disabled\"") !=
          std::string::npos);
    CHECK(log.find("reason=\"the user name is not the one of the certificate\"") !=
          std::string::npos);
}

TEST_CASE("a holder who is disabled or removed or revoked is cut while others stay") {
    const Certificates certificates;
    PluginBroker site(users(), policy, certificates.config(""));
    MqttClient alice(site.port(), certificates.holder("alice"));
    MqttClient bob(site.port(), certificates.holder("bob"));
    REQUIRE(alice.connect() == 0);
    REQUIRE(bob.connect() == 0);
    auto changed = users();
    SECTION("disabled") {
        changed.disable("bob");
        site.write_users(changed);
    }
    SECTION("removed") {
        changed.remove("bob");
        site.write_users(changed);
    }
    SECTION("revoked") {
        certificates.revoke({certificates.folder / "bob.crt"});
    }
    SECTION("revoked and told by SIGHUP") {
        certificates.revoke({certificates.folder / "bob.crt"});
        site.broker().sighup();
    }
    CHECK(bob.ends_within(10s));
    CHECK(enter(site, certificates.holder("bob")) == 5);
    CHECK(alice.publish("a/alice/x", "", 1) == 0);
}

TEST_CASE("a revocation list that cannot be read is refused and the old one counts") {
    const Certificates certificates;
    certificates.revoke({certificates.folder / "bob.crt"});
    PluginBroker site(users(), policy, certificates.config(""));
    write_file(certificates.folder / "crl.pem", "nothing", FileMode::public_);
    REQUIRE(site.broker().wait_for_log("crl.pem: there is no revocation list in it"));
    CHECK(enter(site, certificates.holder("bob")) == 5);
    CHECK(enter(site, certificates.holder("alice")) == 0);
}

TEST_CASE("where both are required neither certificate nor password is enough") {
    const Certificates certificates;
    PluginBroker site(users(), policy,
                      certificates.config("plugin_opt_certificate_password true\n"));
    CHECK(enter(site, certificates.holder("alice"), "alice", "apple") == 0);
    CHECK(enter(site, certificates.holder("alice")) == 5);
    CHECK(enter(site, certificates.holder("alice"), "alice", "banana") == 5);
    CHECK(enter(site, certificates.holder("bob"), "alice", "apple") == 5);
}
