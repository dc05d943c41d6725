// The same rules on every protocol version over every transport.
#include "certs/authority.hpp"
#include "plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"

#include <fmt/format.h>

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

} // namespace

TEST_CASE("every version of the protocol is judged alike over TCP") {
    PluginBroker site(users(), policy);
    check([&] { return tcp_stream(site.port()); },
          GENERATE(Version::v31, Version::v311, Version::v5));
}

TEST_CASE("every version of the protocol is judged alike over websockets") {
    PluginBroker site(users(), policy,
                      "listener @PORT@ 127.0.0.1\nlistener @PORT2@ 127.0.0.1\n"
                      "protocol websockets\n");
    check([&] { return websocket_stream(site.broker().port(2)); },
          GENERATE(Version::v31, Version::v311, Version::v5));
    CHECK(site.broker().log().find("127.0.0.1 access=subscribe") != std::string::npos);
}

TEST_CASE("every version of the protocol is judged alike over TLS") {
    const TempFolder folder;
    const auto now = std::chrono::system_clock::now();
    const auto authority = certs::Authority::create(folder.path(), "Site CA", now);
    certs::save(authority.issue({.purpose = certs::Purpose::server,
                                 .common_name = "broker",
                                 .alt_names = {"127.0.0.1"}},
                                now),
                folder.path(), "server");
    PluginBroker site(users(), policy,
                      fmt::format("listener @PORT@ 127.0.0.1\ncertfile {0}/server.crt\n"
                                  "keyfile {0}/server.key\n",
                                  folder.path().string()));
    MqttClient::Options options;
    options.version = GENERATE(Version::v31, Version::v311, Version::v5);
    options.ca_file = folder / "ca.crt";
    options.username = "alice";
    options.password = "wrong";
    const bool v5 = options.version == Version::v5;
    CHECK(MqttClient(site.port(), options).connect() == (v5 ? 0x87 : 5));
    options.password = "apple";
    MqttClient alice(site.port(), options);
    REQUIRE(alice.connect() == 0);
    CHECK(alice.subscribe("elsewhere/#") == refused_subscription(options.version));
    CHECK(alice.subscribe("home/#") == 0);
    CHECK(alice.publish("home/bob/x", "secret", 1) == (v5 ? 0x87 : 0));
    CHECK(alice.publish("home/alice/x", "21.5", 1) == 0);
    CHECK(alice.receive()->topic == "home/alice/x");
}
