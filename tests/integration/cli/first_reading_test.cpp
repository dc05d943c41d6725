// From nothing to the first reading that somebody with a password gets, by the two lines that
// `holdfast init` prints.
#include "core/reserved_port.hpp"
#include "core/text.hpp"
#include "init_folder.hpp"
#include "support/catch.hpp"
#include "support/mqtt_client.hpp"
#include "support/program.hpp"
#include "support/with_plugin.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;

namespace {

void replace(const std::filesystem::path& file, const std::string& from, const std::string& to) {
    auto text = read_file(file);
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    write_file(file, text.replace(at, from.size(), to), FileMode::public_);
}

std::string password_of(const std::string& user, const std::string& output) {
    const auto label = fmt::format("user {}   password ", user);
    const auto at = output.find(label);
    REQUIRE(at != std::string::npos);
    const auto from = at + label.size();
    return output.substr(from, output.find(' ', from) - from);
}

ChildProcess::Command broker_command(const InitFolder& at, const TempFolder& logs) {
    return with_plugin({{find_program("mosquitto").string(), "-c",
                         (at.folder() / "generated/mosquitto.conf").string()},
                        logs / "broker.log"});
}

} // namespace

TEST_CASE("what init makes runs and gives its owner the first reading") {
    const InitFolder at;
    const TempFolder logs;
    const ReservedPort port;
    const auto made = at.init({"--site", "garden"});
    REQUIRE(made.status == 0);
    replace(at.config(), "listen = 0.0.0.0:8883",
            fmt::format("listen = 127.0.0.1:{}", port.number()));
    replace(at.config(), "every = 10s", "every = 1s");
    REQUIRE(
        holdfast_command({"render", "--dir", at.folder().string(), "--state", at.state()}).status ==
        0);
    at.keep_broker_root();
    Program broker("broker", broker_command(at, logs));
    broker.start();
    REQUIRE(broker.wait_for_log(" running\n"));
    Program daemon("daemon",
                   {{HOLDFAST_EDGE, "--config", at.config().string()}, logs / "edge.log"});
    daemon.start();

    MqttClient owner(port.number(), {.username = "owner",
                                     .password = password_of("owner", made.output),
                                     .ca_file = at.folder() / "certs/ca.crt"});
    REQUIRE(owner.connect() == 0);
    REQUIRE(owner.subscribe("sensors/#") == 0);
    const auto first = owner.receive(std::chrono::seconds(30));
    REQUIRE(first);
    CHECK_THAT(first->topic, ContainsSubstring("load"));
    daemon.stop();
    broker.stop();
}
