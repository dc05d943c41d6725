#include "bridge/local_end.hpp"
#include "config/receipt_routes.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

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

TEST_CASE("a listener for certificates comes with the authority and the revocation list") {
    const auto none = render(local_only)[0].content;
    CHECK(lines(none, "listener ").size() == 1);
    CHECK(lines(none, "plugin_opt_crl").empty());
    CHECK(lines(none, "require_certificate").empty());

    const auto text = render("[site]\nname = garden\n[broker]\nlisten = 0.0.0.0:8883\n"
                             "certificates = 10.0.0.1:8884\n")[0]
                          .content;
    CHECK(lines(text, "listener ") == Lines{"listener 8883 0.0.0.0", "listener 8884 10.0.0.1"});
    CHECK(lines(text, "plugin_opt_crl") == Lines{"plugin_opt_crl /etc/holdfast/certs/crl.pem"});
    CHECK(lines(text, "plugin_opt_certificate_user") == Lines{"plugin_opt_certificate_user cn"});
    CHECK(lines(text, "require_certificate") == Lines{"require_certificate true"});
    CHECK(lines(text, "cafile") == Lines{"cafile /etc/holdfast/certs/ca.crt"});
    CHECK(text.find("plugin_opt_crl") < text.find("listener "));
}

TEST_CASE("what outlives the broker and what watches it stand before the listener") {
    const auto settings = config::parse_settings(local_only, "/etc/holdfast/holdfast.conf");
    LocalPaths paths{"/etc/holdfast", "/state", "/plugin.so", "mosquitto"};
    CHECK(lines(render_local_end(settings, paths)[0].content, "plugin_opt_login_memory").empty());
    paths.login_memory = "/run/holdfast-logins/memory";
    const auto text = render_local_end(settings, paths)[0].content;
    CHECK(lines(text, "plugin_opt_login_memory") ==
          Lines{"plugin_opt_login_memory /run/holdfast-logins/memory"});
    CHECK(lines(text, "plugin_opt_watchdog") == Lines{"plugin_opt_watchdog 3min"});
    CHECK(text.find("plugin_opt_login_memory") < text.find("listener "));
    CHECK(text.find("plugin_opt_watchdog") < text.find("listener "));
}

TEST_CASE("a site without a cloud has no bridge") {
    const auto files = render(local_only);
    REQUIRE(files.size() == 2);
    CHECK(files[0].path == "/etc/holdfast/generated/conf.d/appliance.conf");
    CHECK(files[1].path == "/etc/holdfast/generated/mosquitto.conf");
}

TEST_CASE("what the main file of Debian says stands in our own main file alone") {
    const auto files = render(with_cloud);
    REQUIRE(files.size() == 3);
    const auto& main_file = files[2].content;
    CHECK(lines(main_file, "include_dir") == Lines{"include_dir /etc/holdfast/generated/conf.d"});
    for (const auto* const option :
         {"user ", "log_dest", "persistence ", "persistence_location ", "include_dir "}) {
        CHECK(lines(main_file, option).size() == 1);
        CHECK(lines(files[0].content, option).empty());
        CHECK(lines(files[1].content, option).empty());
    }
}

TEST_CASE("a bridge is left over once the cloud is gone") {
    const test::TempFolder folder;
    const auto rendered = [&](const std::string& text) {
        return render_local_end(config::parse_settings(text, folder / "holdfast.conf"),
                                {folder.path(), "/var/lib/mosquitto", "/plugin.so", "mosquitto"});
    };
    CHECK(left_over(rendered(local_only), folder.path()).empty());
    write(rendered(with_cloud));
    CHECK(left_over(rendered(with_cloud), folder.path()).empty());
    CHECK(left_over(rendered(local_only), folder.path()) ==
          std::vector<std::filesystem::path>{folder / "generated/conf.d/bridge.conf"});
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

TEST_CASE("each first level has one line for its echo and what stays here has none") {
    const auto text = render(with_cloud).at(1).content;
    CHECK(lines(text, "topic ") == Lines{"topic # out 1 holdfast/up/ garden/",
                                         "topic clock in 1 holdfast/receipt/ garden/",
                                         "topic devices/# in 1 holdfast/receipt/ garden/",
                                         "topic gaps in 1 holdfast/receipt/ garden/",
                                         "topic ground/# in 1 holdfast/receipt/ garden/",
                                         "topic sensors/# in 1 holdfast/receipt/ garden/",
                                         "topic sync in 1 holdfast/receipt/ garden/",
                                         "topic # in 1 holdfast/down/ garden/down/"});
}

TEST_CASE("a new sensor needs a new bridge only where its first level is new") {
    const auto rendered = render(with_cloud).at(1).content;
    const auto missing = [&](const std::string& sections) {
        return config::missing_routes(
            config::parse_settings(with_cloud + sections, "/etc/holdfast/holdfast.conf"), rendered);
    };
    CHECK(missing("").empty());
    CHECK(missing("[sensor new]\ndriver = sim\n").empty());
    CHECK(missing("[sensor new]\ndriver = sim\ntopic = ground/new\n").empty());
    CHECK(missing("[sensor new]\ndriver = sim\ntopic = roof\n") == Lines{"roof/#"});
    CHECK(missing("[sensor new]\ndriver = sim\ntopic = roof\nup = no\n").empty());
}

TEST_CASE("with markers the bridge brings back nothing else and a change of mind needs a render") {
    const std::string markers = "[uplink]\nreceipt = marker\n";
    const auto text = render(with_cloud + markers).at(1).content;
    CHECK(lines(text, "topic ") == Lines{"topic # out 1 holdfast/up/ garden/",
                                         "topic sync in 1 holdfast/receipt/ garden/",
                                         "topic # in 1 holdfast/down/ garden/down/"});
    const auto missing = [&](const std::string& settings) {
        return config::missing_routes(
            config::parse_settings(settings, "/etc/holdfast/holdfast.conf"), text);
    };
    CHECK(missing(with_cloud + markers).empty());
    CHECK(missing(with_cloud) == Lines{"clock", "devices/#", "gaps", "ground/#", "sensors/#"});
}

TEST_CASE("on port 443 the bridge asks AWS IoT Core for MQTT and elsewhere for nothing") {
    const std::string aws = local_only + "[cloud]\nkind = aws-iot-core\n"
                                         "address = abc-ats.iot.eu-central-1.amazonaws.com\n";
    CHECK(lines(render(aws).at(1).content, "bridge_alpn").empty());
    CHECK(lines(render(aws + "port = 443\n").at(1).content, "bridge_alpn") ==
          Lines{"bridge_alpn x-amzn-mqtt-ca"});
    CHECK(lines(render(with_cloud).at(1).content, "bridge_alpn").empty());
}

TEST_CASE("more first levels than AWS IoT Core takes subscriptions are refused") {
    std::string text = local_only + "[cloud]\nkind = aws-iot-core\naddress = x.example\n";
    for (int i = 0; i < 45; ++i) {
        text += "[device d" + std::to_string(i) + "]\ntopic = d" + std::to_string(i) + "/#\n";
    }
    CHECK_NOTHROW(render(text));
    CHECK_THROWS_WITH(render(text + "[device more]\ntopic = more/#\n"),
                      ContainsSubstring("takes 50 of one connection"));
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
        CHECK(lines(file.content, "#").size() >= 2);
        CHECK(file.content.find('{') == std::string::npos);
    }
}
