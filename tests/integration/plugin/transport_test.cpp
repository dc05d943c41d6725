// The same rules on every protocol version over every transport.
#include "broker_certificates.hpp"
#include "plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"

#include <functional>
#include <memory>

using namespace holdfast;
using namespace holdfast::test;

using Version = MqttClient::Version;

namespace {

const std::string policy = "user alice\ntopic readwrite home/%u/#\n";

const Users& users() {
    static const Users made = users_with({{"alice", "apple"}});
    return made;
}

/// What each version can say to a refused subscription.
int refused_subscription(Version version) {
    return version == Version::v31 ? 0 : version == Version::v311 ? 0x80 : 0x87;
}

std::string name_of(Version version) {
    return version == Version::v31    ? "MQTT 3.1"
           : version == Version::v311 ? "MQTT 3.1.1"
                                      : "MQTT 5";
}

/// Runs the check for each version; a failure names the version.
void for_each_version(const std::function<void(Version)>& check) {
    for (const auto version : {Version::v31, Version::v311, Version::v5}) {
        INFO(name_of(version));
        check(version);
    }
}

void check(const std::function<std::unique_ptr<ByteStream>()>& connection, Version version) {
    RawClient mallory(connection(), version);
    CHECK(mallory.connect("m", "alice", "wrong") == (version == Version::v5 ? 0x87 : 5));
    RawClient alice(connection(), version);
    REQUIRE(alice.connect("a", "alice", "apple") == 0);
    CHECK(alice.subscribe("elsewhere/#") == refused_subscription(version));
    RawClient reader(connection(), version);
    REQUIRE(reader.connect("r", "alice", "apple") == 0);
    CHECK(reader.subscribe("home/#") == 0);
    CHECK(alice.publish("home/bob/x", "secret") == (version == Version::v5 ? 0x87 : 0));
    CHECK(alice.publish("home/alice/x", "21.5") == 0);
    CHECK(reader.next_topic() == "home/alice/x");
}

void check_over_tls(std::uint16_t port, const std::filesystem::path& ca_file, Version version) {
    MqttClient::Options options;
    options.version = version;
    options.ca_file = ca_file;
    options.username = "alice";
    options.password = "wrong";
    const bool v5 = version == Version::v5;
    CHECK(MqttClient(port, options).connect() == (v5 ? 0x87 : 5));
    options.password = "apple";
    MqttClient alice(port, options);
    REQUIRE(alice.connect() == 0);
    CHECK(alice.subscribe("elsewhere/#") == refused_subscription(version));
    CHECK(alice.subscribe("home/#") == 0);
    CHECK(alice.publish("home/bob/x", "secret", 1) == (v5 ? 0x87 : 0));
    CHECK(alice.publish("home/alice/x", "21.5", 1) == 0);
    CHECK(alice.receive().value().topic == "home/alice/x");
}

} // namespace

TEST_CASE("every version of the protocol is judged alike over TCP") {
    PluginBroker site(users(), policy);
    for_each_version(
        [&](Version version) { check([&] { return tcp_stream(site.port()); }, version); });
}

TEST_CASE("every version of the protocol is judged alike over websockets") {
    PluginBroker site(users(), policy,
                      "listener @PORT@ 127.0.0.1\nlistener @PORT2@ 127.0.0.1\n"
                      "protocol websockets\n");
    for_each_version([&](Version version) {
        check([&] { return websocket_stream(site.broker().port(2)); }, version);
    });
    CHECK(site.broker().log().find("127.0.0.1 access=subscribe") != std::string::npos);
}

TEST_CASE("every version of the protocol is judged alike over TLS") {
    const BrokerCertificates certificates;
    PluginBroker site(users(), policy, certificates.listener());
    for_each_version([&](Version version) {
        check_over_tls(site.port(), certificates.file("ca.crt"), version);
    });
}
