#include "broker_certificates.hpp"
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

/// Certificates of the clients alice, bob and mallory, who is no user.
struct Certificates : BrokerCertificates {
    Certificates() {
        for (const auto* name : {"alice", "bob", "mallory"}) {
            issue_client(name);
        }
        revoke({});
    }
    void revoke(const std::vector<std::string>& names) const {
        std::vector<std::filesystem::path> revoked;
        revoked.reserve(names.size());
        for (const auto& name : names) {
            revoked.push_back(file(name + ".crt"));
        }
        write_file(file("crl.pem"), revocation_list(folder(), revoked), FileMode::public_);
    }
    std::string config(const std::string& options = "") const {
        return fmt::format("plugin_opt_certificate_user cn\nplugin_opt_crl {0}/crl.pem\n{1}{2}"
                           "cafile {0}/ca.crt\nrequire_certificate true\n",
                           folder().string(), options, listener());
    }
    MqttClient::Options holder(const std::string& name) const {
        MqttClient::Options options;
        options.ca_file = file("ca.crt");
        options.certificate_file = file(name + ".crt");
        options.key_file = file(name + ".key");
        return options;
    }
};

/// A broker whose clients must have a certificate.
struct CertifiedSite : Certificates, PluginBroker {
    explicit CertifiedSite(const Users& some = users(), const std::string& options = "")
        : PluginBroker(some, policy, config(options)) {}
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
    CertifiedSite site;
    auto options = site.holder("alice");
    options.version = GENERATE(Version::v31, Version::v311, Version::v5);
    MqttClient alice(site.port(), options);
    REQUIRE(alice.connect() == 0);
    REQUIRE(alice.subscribe("a/alice/#") == 0);
    alice.publish("a/bob/x", "", 1);
    CHECK(alice.publish("a/alice/x", "", 1) == 0);
    CHECK(alice.receive().value().topic == "a/alice/x");
    site.reload();
    CHECK(alice.publish("a/alice/y", "", 1) == 0);
    CHECK(alice.receive().value().topic == "a/alice/y");
}

TEST_CASE("a certificate of somebody unknown or disabled or under another name stays out") {
    auto some = users();
    some.disable("bob");
    const CertifiedSite site(some);
    CHECK(enter(site, site.holder("mallory")) == 5);
    CHECK(enter(site, site.holder("bob")) == 5);
    CHECK(enter(site, site.holder("bob"), "alice", "apple") == 5);
    CHECK(enter(site, site.holder("alice"), "alice", "not looked at") == 0);
    const auto log = site.broker().log();
    CHECK(log.find("reason=\"the user of the certificate is unknown or disabled\"") !=
          std::string::npos);
    CHECK(log.find("reason=\"the user name is not the one of the certificate\"") !=
          std::string::npos);
}

TEST_CASE("a holder who is disabled or removed or revoked is cut while others stay") {
    CertifiedSite site;
    MqttClient alice(site.port(), site.holder("alice"));
    MqttClient bob(site.port(), site.holder("bob"));
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
        site.revoke({"bob"});
    }
    SECTION("revoked and told by SIGHUP") {
        site.revoke({"bob"});
        site.broker().sighup();
    }
    CHECK(bob.ends_within(30s));
    CHECK(enter(site, site.holder("bob")) == 5);
    CHECK(alice.publish("a/alice/x", "", 1) == 0);
}

TEST_CASE("a revocation list that cannot be read is refused and the old one counts") {
    CertifiedSite site;
    site.revoke({"bob"});
    site.reload();
    write_file(site.file("crl.pem"), "nothing", FileMode::public_);
    REQUIRE(site.broker().wait_for_log("crl.pem: there is no revocation list in it"));
    CHECK(enter(site, site.holder("bob")) == 5);
    CHECK(enter(site, site.holder("alice")) == 0);
}

TEST_CASE("where both are required neither certificate nor password is enough") {
    const CertifiedSite site(users(), "plugin_opt_certificate_password true\n");
    CHECK(enter(site, site.holder("alice"), "alice", "apple") == 0);
    CHECK(enter(site, site.holder("alice")) == 5);
    CHECK(enter(site, site.holder("alice"), "alice", "banana") == 5);
    CHECK(enter(site, site.holder("bob"), "alice", "apple") == 5);
}
