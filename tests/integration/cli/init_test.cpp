#include "certs/check.hpp"
#include "config/settings.hpp"
#include "init_folder.hpp"
#include "support/catch.hpp"
#include "support/typed.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;

namespace fs = std::filesystem;

TEST_CASE("init makes an appliance once and a second call changes nothing") {
    const InitFolder at;
    REQUIRE(at.init({"--site", "garden"}).status == 0);
    const auto settings = config::load_settings(at.config());
    CHECK(settings.site.name == "garden");
    CHECK_FALSE(settings.cloud);
    const auto before = at.contents();
    CHECK(at.init({"--site", "garden"}).status == 0);
    CHECK_THAT(at.init({}).output, ContainsSubstring("is there already"));
    const auto other = at.init({"--site", "shed"});
    CHECK(other.status == 3);
    CHECK_THAT(other.output, ContainsSubstring("the site 'garden'; --force"));
    CHECK(at.contents() == before);
    CHECK(at.init({"--site", "shed", "--force"}).status == 0);
    CHECK(config::load_settings(at.config()).site.name == "shed");
}

TEST_CASE("init asks at a terminal for what it was not told") {
    const InitFolder at;
    // script(1) is the terminal, at which both answers are typed already.
    const auto typed =
        type(fmt::format("printf 'garden\\nmosquitto://cloud.example\\n' | TERM=dumb "
                         "script -qec '{} init --dir {} --state {} --spool {}' /dev/null",
                         HOLDFAST, at.folder().string(), at.state(),
                         (at.folder().parent_path() / "spool.db").string()));
    CHECK(typed.status == 0);
    CHECK_THAT(typed.output,
               ContainsSubstring("Name of this site") && ContainsSubstring("Cloud broker"));
    const auto settings = config::load_settings(at.config());
    CHECK(settings.site.name == "garden");
    REQUIRE(settings.cloud);
    CHECK(settings.cloud->address == "cloud.example");
}

TEST_CASE("a cloud can be there from the start or be added later") {
    const bool later = GENERATE(false, true);
    const InitFolder at;
    const std::string cloud = "mosquitto://cloud.example:8000";
    if (later) {
        REQUIRE(at.init({"--site", "garden"}).status == 0);
        REQUIRE(at.init({"--cloud", cloud}).status == 0);
    } else {
        REQUIRE(at.init({"--site", "garden", "--cloud", cloud}).status == 0);
    }
    const auto settings = config::load_settings(at.config());
    REQUIRE(settings.cloud);
    CHECK(settings.cloud->address == "cloud.example");
    CHECK(settings.cloud->port == 8000);
    const auto certs = at.folder() / "certs";
    const auto far = at.folder() / "cloud/certs";
    const auto now = std::chrono::system_clock::now();
    CHECK(certs::check_pair(certs / "bridge.crt", certs / "bridge.key").empty());
    CHECK(certs::check_chain(certs / "bridge.crt", far / "ca.crt", certs::Purpose::client, {}, now)
              .empty());
    CHECK(certs::check_chain(far / "server.crt", certs / "cloud-ca.crt", certs::Purpose::server,
                             "cloud.example", now)
              .empty());
    CHECK(fs::exists(at.folder() / "generated/conf.d/bridge.conf"));

    const auto before = at.contents();
    CHECK(at.init({"--cloud", cloud}).status == 0);
    const auto other = at.init({"--cloud", "mosquitto://other.example"});
    CHECK(other.status == 3);
    CHECK_THAT(other.output, ContainsSubstring("change [cloud] there"));
    CHECK(at.contents() == before);
}

TEST_CASE("AWS IoT Core is the cloud once its kit is there") {
    const InitFolder at;
    const InitFolder kit;
    REQUIRE(at.init({"--site", "garden"}).status == 0);
    const std::vector<std::string> cloud{"--cloud", "aws://a1-ats.iot.eu-west-1.amazonaws.com:443"};
    const auto early = at.init(cloud);
    CHECK(early.status == 3);
    CHECK_THAT(early.output, ContainsSubstring("holdfast cert import"));

    // Made by another authority, as AWS makes it.
    REQUIRE(kit.init({"--site", "thing", "--cloud", "mosquitto://cloud.example"}).status == 0);
    fs::create_directory(at.folder() / "kit");
    for (const auto* name : {"bridge.crt", "bridge.key", "cloud-ca.crt"}) {
        fs::copy_file(kit.folder() / "certs" / name, at.folder() / "kit" / name);
    }
    const auto taken = holdfast_command(
        {"cert", "import", (at.folder() / "kit").string(), "--dir", at.folder().string()});
    INFO(taken.output);
    REQUIRE(taken.status == 0);
    REQUIRE(at.init(cloud).status == 0);
    const auto settings = config::load_settings(at.config());
    REQUIRE(settings.cloud);
    CHECK(settings.cloud->profile == &config::aws_iot_core_profile());
    CHECK(settings.cloud->port == 443);
    CHECK_THAT(read_file(at.folder() / "generated/conf.d/bridge.conf"),
               ContainsSubstring("bridge_alpn x-amzn-mqtt-ca"));
}

TEST_CASE("what cannot be set up is refused before anything is written") {
    struct Row {
        std::vector<std::string> words;
        int status;
        const char* reason;
    };
    for (const auto& row : {
             Row{{}, 2, "--site is missing"},
             Row{{"--site", "two words"}, 2, "\"two words\""},
             Row{{"--site", "garden", "--cloud", "cloud.example"}, 2, "mosquitto://HOST"},
             Row{{"--site", "garden", "--cloud", "aws://a1-ats.iot.amazonaws.com"},
                 3,
                 "holdfast cert import"},
             Row{{"--site", "garden", "--hostname", "no host"}, 3, "no host"},
         }) {
        CAPTURE(row.reason);
        const InitFolder at;
        const auto outcome = at.init(row.words);
        CHECK(outcome.status == row.status);
        CHECK_THAT(outcome.output, ContainsSubstring(row.reason));
        CHECK_FALSE(fs::exists(at.config()));
    }
}

TEST_CASE("a wrong wish leaves the appliance that it would make anew") {
    const InitFolder at;
    REQUIRE(at.init({"--site", "garden"}).status == 0);
    const auto before = at.contents();
    CHECK(at.init({"--site", "#", "--force"}).status != 0);
    CHECK(at.init({"--site", "shed", "--cloud", "nowhere", "--force"}).status != 0);
    CHECK(at.contents() == before);
}

TEST_CASE("a broker keeps its user and the place of its state where nobody gives another") {
    const InitFolder at;
    REQUIRE(at.init({"--site", "shed"}).status == 0);
    const auto file = at.folder() / "generated/mosquitto.conf";
    auto before = read_file(file);
    const auto line = before.find("\nuser ") + 1;
    before.replace(line, before.find('\n', line) - line, "user keeper");
    write_file(file, before, FileMode::public_);
    const auto dir = at.folder().string();
    CHECK(holdfast_command({"render", "--dir", dir}).status == 0);
    CHECK(read_file(file) == before);
    CHECK(holdfast_command({"init", "--dir", dir, "--cloud", "mosquitto://cloud.lan"}).status == 0);
    CHECK(read_file(file) == before);

    CHECK(holdfast_command({"render", "--dir", dir, "--state", "/srv/broker"}).status == 0);
    CHECK(read_file(file).find("persistence_location /srv/broker/") != std::string::npos);
}
