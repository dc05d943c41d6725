#include "bridge/local_end.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace holdfast;
using namespace holdfast::bridge;

namespace {

const std::string local_only = R"([site]
name = garden
[broker]
listen = 0.0.0.0:8883
)";

const std::string with_cloud = local_only + R"([cloud]
kind = mosquitto
address = broker.example
port = 8884
[sensor soil]
driver = sim
topic = ground/soil
[sensor indoors]
driver = sim
up = no
[device esp]
topic = devices/#
[device again]
topic = devices/#
)";

std::vector<RenderedFile> render(const std::string& text) {
    return render_local_end(config::parse_settings(text, "/etc/holdfast/holdfast.conf"),
                            {"/etc/holdfast", "/var/lib/mosquitto", "/plugin.so", "mosquitto"});
}

std::vector<std::string> lines(const std::string& text, const std::string& start) {
    std::vector<std::string> found;
    for (const auto line : split(text, '\n')) {
        if (line.rfind(start, 0) == 0) {
            found.emplace_back(line);
        }
    }
    return found;
}

using Lines = std::vector<std::string>;

} // namespace

TEST_CASE("a site without a cloud has no bridge") {
    const auto files = render(local_only);
    REQUIRE(files.size() == 1);
    CHECK(files[0].path == "/etc/holdfast/generated/mosquitto.conf");
    CHECK(lines(files[0].content, "include_dir").empty());
}

TEST_CASE("nobody gets into the local broker without TLS and the plugin") {
    const auto text = render(local_only)[0].content;
    CHECK(lines(text, "allow_anonymous") == Lines{"allow_anonymous false"});
    CHECK(lines(text, "plugin ") == Lines{"plugin /plugin.so"});
    CHECK(lines(text, "plugin_opt_users") == Lines{"plugin_opt_users /etc/holdfast/users"});
    CHECK(lines(text, "plugin_opt_policy") == Lines{"plugin_opt_policy /etc/holdfast/policy"});
    CHECK(lines(text, "listener") == Lines{"listener 8883 0.0.0.0"});
    CHECK(lines(text, "certfile") == Lines{"certfile /etc/holdfast/certs/server.crt"});
    CHECK(lines(text, "keyfile") == Lines{"keyfile /etc/holdfast/certs/server.key"});
}

TEST_CASE("each way up has one line for its echo and what stays here has none") {
    const auto text = render(with_cloud).at(1).content;
    CHECK(lines(text, "topic ") == Lines{"topic # out 1 holdfast/up/ garden/",
                                         "topic sync in 1 holdfast/receipt/ garden/",
                                         "topic devices/# in 1 holdfast/receipt/ garden/",
                                         "topic gaps in 1 holdfast/receipt/ garden/",
                                         "topic ground/soil in 1 holdfast/receipt/ garden/"});
}

TEST_CASE("the bridge has what the echo needs and verifies the cloud") {
    const auto text = render(with_cloud).at(1).content;
    for (const auto* line :
         {"address broker.example:8884", "bridge_protocol_version mqttv311", "try_private false",
          "cleansession false", "notifications true", "notification_topic garden/link",
          "local_clientid holdfast-bridge", "remote_clientid holdfast-garden",
          "bridge_cafile /etc/holdfast/certs/cloud-ca.crt",
          "bridge_certfile /etc/holdfast/certs/bridge.crt",
          "bridge_keyfile /etc/holdfast/certs/bridge.key", "bridge_tls_version tlsv1.2"}) {
        INFO(line);
        CHECK(lines(text, line) == Lines{line});
    }
    CHECK(text.find("insecure") == std::string::npos);
}

TEST_CASE("every rendered file names its source and explains itself") {
    for (const auto& file : render(with_cloud)) {
        CHECK(file.content.rfind("# Made by 'holdfast render' from /etc/holdfast/holdfast.conf",
                                 0) == 0);
        CHECK(lines(file.content, "#").size() >= 5);
        CHECK(file.content.find("{") == std::string::npos);
    }
}
