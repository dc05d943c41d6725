#include "cli/options.hpp"
#include "cli/setup/installation.hpp"
#include "cli/setup/set_up.hpp"
#include "core/atomic_file.hpp"
#include "core/reserved_port.hpp"
#include "plugin/password_hash.hpp"
#include "plugin/users.hpp"
#include "support/captured_output.hpp"
#include "support/catch.hpp"
#include "support/mqtt_client.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"
#include "support/with_plugin.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace std::chrono_literals;
using test::MqttClient;

namespace {

/// An appliance of `holdfast init` with a listener for certificates, and two devices that have
/// one; only its broker runs.
class Site {
public:
    Site() {
        cli::set_up_appliance(
            {.paths = {folder(), root_ / "state", HOLDFAST_PLUGIN, cli::own_user()},
             .config = fmt::format("[site]\nname = shed\n"
                                   "[broker]\nlisten = 127.0.0.1:{}\n"
                                   "certificates = 127.0.0.1:{}\n"
                                   "[spool]\npath = spool.db\n",
                                   port_.number(), certificate_port_.number()),
             .host_names = {},
             .policy = "pattern readwrite devices/%u/#\n",
             .users = {"pump", "valve"}});
        for (const auto* name : {"pump", "valve"}) {
            cert({"issue", name});
        }
        broker_.start();
        REQUIRE(broker_.wait_for_log(" running\n"));
    }

    std::filesystem::path folder() const { return root_ / "etc"; }
    void cert(cli::Arguments words) const {
        words.insert(words.end(), {"--dir", folder().string()});
        test::output_of([&] { CHECK(cli::run_cert(words) == cli::exit_fine); });
    }
    MqttClient::Options holder(const std::string& name) const {
        MqttClient::Options options;
        options.ca_file = folder() / "certs/ca.crt";
        options.certificate_file = folder() / "certs" / (name + ".crt");
        options.key_file = folder() / "certs" / (name + ".key");
        return options;
    }
    std::uint16_t port() const { return certificate_port_.number(); }

private:
    test::TempFolder root_;
    ReservedPort port_;
    ReservedPort certificate_port_;
    test::Program broker_{"broker",
                          test::with_plugin({{find_program("mosquitto").string(), "-c",
                                              (folder() / "generated/mosquitto.conf").string()},
                                             root_ / "broker.log"})};
};

} // namespace

TEST_CASE("a device comes in by the certificate that cert issue made and revoke cuts its session") {
    const Site site;
    MqttClient pump(site.port(), site.holder("pump"));
    MqttClient valve(site.port(), site.holder("valve"));
    REQUIRE(pump.connect() == 0);
    REQUIRE(valve.connect() == 0);
    CHECK(pump.publish("devices/pump/flow", "3", 1) == 0);
    site.cert({"revoke", "pump"});
    CHECK(pump.ends_within(60s));
    CHECK(MqttClient(site.port(), site.holder("pump")).connect() == 5);
    CHECK(valve.publish("devices/valve/open", "1", 1) == 0);
    site.cert({"issue", "pump", "--force"}); // a new one after the loss of the old
    CHECK(MqttClient(site.port(), site.holder("pump")).connect() == 0);
}

TEST_CASE("a renewed certificate of a device is taken while the old one still counts") {
    const Site site;
    const auto old = test::TempFolder();
    for (const auto* end : {".crt", ".key"}) {
        std::filesystem::copy_file(site.folder() / "certs" / (std::string("pump") + end),
                                   old / (std::string("pump") + end));
    }
    site.cert({"renew", "pump", "--new-key"});
    CHECK(MqttClient(site.port(), site.holder("pump")).connect() == 0);
    auto before = site.holder("pump");
    before.certificate_file = old / "pump.crt";
    before.key_file = old / "pump.key";
    CHECK(MqttClient(site.port(), before).connect() == 0);
}
