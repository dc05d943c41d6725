#include "cli/installation.hpp"
#include "cli/options.hpp"
#include "cli/set_up.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

constexpr std::string_view default_policy =
    R"(# The first person: may see what is measured and publish below its own name.
user owner
topic read sensors/#
topic read devices/#
topic read holdfast/#
topic write holdfast/get/history/#
topic readwrite devices/owner/#
)";

std::string config_text(const std::string& site) {
    return fmt::format(
        R"(# Holdfast: the one file that you edit. 'holdfast render' writes the broker's files from it.

[site]
# The first level of every topic at the cloud.
name = {}

[broker]
# Where devices connect, with TLS.
listen = 0.0.0.0:8883
# How often the broker saves what it holds for others; 0 is at every change, which wears the card.
save_every = 60s

[spool]
path = /var/lib/holdfast/spool.db
# What a power cut can cost; 0 puts every reading on disk before it goes anywhere.
lose_at_most = 1s
keep_history = 30d

# The cloud broker. Its CA, and the certificate and key it gave this site, belong into certs/ as
# cloud-ca.crt, bridge.crt and bridge.key.
#[cloud]
#kind = mosquitto
#address = broker.example.org
#port = 8883

[sensor load]
driver = file
path = /proc/loadavg
field = 1
every = 10s

# Messages of MQTT devices that go to the cloud byte for byte (needs [cloud]).
#[device all]
#topic = devices/#
)",
        site);
}

/// An appliance that is made anew: its identity goes, its readings stay.
void forget(const std::filesystem::path& folder) {
    std::filesystem::remove(folder / "holdfast.conf");
}

} // namespace

int run_init(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("site", po::value<std::string>()->required(), "the site's name");
    options.add_options()("hostname", po::value<std::vector<std::string>>()->default_value({}, ""),
                          "one more name or address that devices use; may come several times");
    options.add_options()("state", po::value<std::string>()->default_value("/var/lib/mosquitto"),
                          "where the broker keeps its state");
    options.add_options()("force", "make an existing appliance anew");
    const auto values = parse(arguments, options,
                              "Makes a new local appliance: configuration, certificates, users and "
                              "policy.",
                              "holdfast init --site greenhouse");
    if (!values) {
        return exit_fine;
    }
    const auto folder = dir_option(*values);
    const auto site = (*values)["site"].as<std::string>();
    if (values->count("force") != 0) {
        forget(folder);
    }
    const auto users =
        set_up_appliance({.paths = {folder, (*values)["state"].as<std::string>(), plugin_module(),
                                    installed_broker_user},
                          .config = config_text(site),
                          .host_names = (*values)["hostname"].as<std::vector<std::string>>(),
                          .policy = std::string(default_policy),
                          .users = {"owner"}});
    fmt::print("{} is ready.\n\n", folder.string());
    for (const auto& user : users) {
        fmt::print("  user {}   password {}   (shown this once)\n", user.name, user.password);
    }
    fmt::print("\n  mosquitto -c {0}/generated/mosquitto.conf\n"
               "  holdfast-edge --config {0}/holdfast.conf\n",
               folder.string());
    return exit_fine;
}

} // namespace holdfast::cli
