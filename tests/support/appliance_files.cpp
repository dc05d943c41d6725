// The files of an appliance and its cloud broker, as `holdfast init` writes them.
#include "cli/installation.hpp"
#include "cli/set_up.hpp"
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

std::string without_options(const std::string& text, const std::set<std::string>& options) {
    std::string kept;
    for (const auto line : split(text, '\n')) {
        if (!options.contains(std::string(line.substr(0, line.find(' '))))) {
            kept += line;
            kept += '\n';
        }
    }
    return kept;
}

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
        take_tls_off_the_link();
        network_.limit(*options_.cloud_limits);
    }
}

/// A proxy that is to read MQTT cannot read TLS: on this link a password does what the certificate
/// does elsewhere.
void Appliance::take_tls_off_the_link() {
    const auto bridge = folder() / "generated/conf.d/bridge.conf";
    write_file(
        bridge,
        without_options(read_file(bridge), {"bridge_cafile", "bridge_certfile", "bridge_keyfile",
                                            "bridge_tls_version"}) +
            fmt::format("remote_username {}\nremote_password {}\n", site, passwords_.at(site)),
        FileMode::public_);
    const auto cloud = root_ / "cloud/mosquitto.conf";
    const auto text = read_file(cloud);
    const auto second = text.rfind("\nlistener ");
    write_file(cloud,
               without_options(text.substr(0, second),
                               {"cafile", "certfile", "keyfile", "tls_version",
                                "require_certificate", "use_identity_as_username"}) +
                   text.substr(second),
               FileMode::public_);
}

std::string Appliance::config_text() const {
    return fmt::format(R"([site]
name = {}

[broker]
listen = 127.0.0.1:{}
save_every = 1s

[cloud]
kind = mosquitto
address = 127.0.0.1
port = {}
keepalive = 5s

[spool]
path = {}
lose_at_most = {}

[uplink]
receipt_timeout = 2s
{}{})",
                       site, local_port(), network_.port(), spool().string(), options_.lose_at_most,
                       options_.uplink, options_.sections);
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
