// The files of an appliance and its cloud broker, as `holdfast init` writes them.
#include "cli/setup/installation.hpp"
#include "cli/setup/set_up.hpp"
#include "core/atomic_file.hpp"
#include "core/text.hpp"
#include "support/appliance.hpp"

#include <fmt/format.h>

#include <set>

namespace holdfast::test {

namespace {

constexpr std::string_view policy = "user viewer\n"
                                    "topic read #\n"
                                    "topic write holdfast/get/history\n"
                                    "topic write holdfast/get/history/%u/#\n"
                                    "user thing\n"
                                    "topic write devices/#\n"
                                    "topic read devices/thing\n"
                                    "topic write outputs/#\n"
                                    "topic write instructions/#\n";

} // namespace

const std::string Appliance::device_section = "\n[device things]\ntopic = devices/#\n";

const std::string Appliance::default_sections = R"(
[sensor tide]
driver = sim
signal = ramp
low = 0
high = 100
period = 1min
every = 50ms
unit = m

[sensor wind]
driver = sim
signal = noise
every = 100ms
format = scalar

[sensor indoors]
driver = sim
every = 200ms
up = no
)" + Appliance::device_section;

void Appliance::set_up() {
    auto users = cli::set_up_cloud({.end = {.folder = root_ / "cloud",
                                            .address = "127.0.0.1",
                                            .site_port = site_port_.number(),
                                            .app_port = app_port_.number(),
                                            .broker_user = cli::own_user(),
                                            .readers = {"dashboard", site},
                                            .operators = {"operator"}},
                                    .host_names = {"localhost", "127.0.0.1"},
                                    .site = site},
                                   folder() / "certs");
    const auto local = cli::set_up_appliance({.paths = {.folder = folder(),
                                                        .state = folder() / "state",
                                                        .plugin = HOLDFAST_PLUGIN,
                                                        .broker_user = cli::own_user()},
                                              .config = config_text(),
                                              .host_names = {},
                                              .policy = std::string(policy),
                                              .users = {"viewer", "thing"}});
    users.insert(users.end(), local.begin(), local.end());
    for (const auto& user : users) {
        passwords_[user.name] = user.password;
    }
    if (options_.cloud_limits) {
        put_iot_core_before_cloud();
    }
}

/// The stand-in ends TLS, so that behind it a password does what the certificate does elsewhere.
void Appliance::put_iot_core_before_cloud() {
    const auto bridge = folder() / "generated/conf.d/bridge.conf";
    write_file(bridge,
               fmt::format("{}remote_username {}\nremote_password {}\n", read_file(bridge), site,
                           passwords_.at(site)),
               FileMode::public_);
    const auto cloud = root_ / "cloud/mosquitto.conf";
    const auto text = read_file(cloud);
    const auto first = text.find("\nlistener ");
    const auto second = text.rfind("\nlistener ");
    write_file(cloud,
               fmt::format("{}\nlistener {} 127.0.0.1\n{}", text.substr(0, first),
                           port_behind_iot_core_.number(), text.substr(second)),
               FileMode::public_);
    const auto certs = root_ / "cloud/certs";
    iot_core_ = std::make_unique<IotCoreStandIn>(
        IotCoreStandIn::Spec{.port = site_port_.number(),
                             .broker_port = port_behind_iot_core_.number(),
                             .certificate = certs / "server.crt",
                             .key = certs / "server.key",
                             .client_ca = certs / "ca.crt",
                             .host_name = "localhost",
                             .site = site,
                             .limits = *options_.cloud_limits});
}

/// Of `[cloud]`. ALPN is what AWS IoT Core wants on port 443.
std::string Appliance::cloud_text() const {
    const auto keepalive = [this](const std::string& least) {
        return fmt::format("keepalive = {}\n",
                           options_.keepalive.empty() ? least : options_.keepalive);
    };
    return options_.cloud_limits ? "kind = aws-iot-core\naddress = localhost\n"
                                   "alpn = x-amzn-mqtt-ca\n" +
                                       keepalive("30s")
                                 : "kind = mosquitto\naddress = 127.0.0.1\n" + keepalive("5s");
}

std::string Appliance::config_text() const {
    return fmt::format(R"([site]
name = {}

[broker]
listen = 127.0.0.1:{}
save_every = 1s

[cloud]
{}port = {}

[spool]
path = {}
lose_at_most = {}

[uplink]
receipt_timeout = 2s
{}{})",
                       site, local_port(), cloud_text(), network_.port(), spool().string(),
                       options_.lose_at_most, options_.uplink, options_.sections);
}

void Appliance::write_sections(const std::string& sections) {
    options_.sections = sections;
    write_file(config_file(), config_text(), FileMode::public_);
}

void Appliance::write_lose_at_most(const std::string& time) {
    options_.lose_at_most = time;
    write_file(config_file(), config_text(), FileMode::public_);
}

} // namespace holdfast::test
