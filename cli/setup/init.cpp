#include "cli/options.hpp"
#include "cli/prompt.hpp"
#include "cli/setup/add_cloud.hpp"
#include "cli/setup/first_files.hpp"
#include "cli/setup/installation.hpp"
#include "cli/setup/services.hpp"
#include "cli/setup/set_up.hpp"
#include "config/settings.hpp"
#include "config/topic_rules.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace holdfast::cli {

namespace fs = std::filesystem;
namespace po = boost::program_options;

namespace {

/// What the call asks for, or its caller at the terminal.
struct Wishes {
    bridge::LocalPaths paths;
    std::string site;  ///< empty: that of the appliance that is there
    std::string cloud; ///< empty: none
    std::vector<std::string> host_names;
    fs::path spool;

    fs::path config() const { return paths.folder / "holdfast.conf"; }
};

po::options_description described_options() {
    po::options_description options("Options");
    add_dir_option(options);
    const auto text = [] { return po::value<std::string>(); };
    options.add_options()("site", text(),
                          "the site's name, first level of its topics at the cloud");
    options.add_options()("cloud", text()->default_value(""),
                          "mosquitto://HOST[:PORT] or aws://ENDPOINT; now or later");
    options.add_options()("hostname", po::value<std::vector<std::string>>()->default_value({}, ""),
                          "one more name or address that devices use; may come several times");
    add_state_option(options);
    options.add_options()("spool", text()->default_value("/var/lib/holdfast/spool.db"),
                          "where the daemon keeps readings");
    options.add_options()("force", "make an existing appliance anew");
    return options;
}

Wishes wishes_of(const po::variables_map& values) {
    const auto folder = dir_option(values);
    return {.paths = local_paths(folder, broker_seat_option(values, folder)),
            .site = values.count("site") != 0 ? values["site"].as<std::string>() : "",
            .cloud = values["cloud"].as<std::string>(),
            .host_names = values["hostname"].as<std::vector<std::string>>(),
            .spool = fs::absolute(values["spool"].as<std::string>())};
}

/// What only the caller can know of a new appliance.
void ask_for_missing(Wishes& wishes) {
    if (!wishes.site.empty()) {
        return;
    }
    if (!at_terminal()) {
        throw UsageError("--site is missing: the name of this site");
    }
    wishes.site = ask("Name of this site (one word: greenhouse): ");
    if (wishes.cloud.empty()) {
        wishes.cloud = ask("Cloud broker (mosquitto://HOST, aws://ENDPOINT; nothing for none): ");
    }
}

void show(const std::vector<NewUser>& users, std::string_view where) {
    for (const auto& user : users) {
        fmt::print("  user {}   password {}   {}, shown this once\n", user.name, user.password,
                   where);
    }
}

CloudAddress cloud_address(const Wishes& wishes) {
    try {
        return parse_cloud_address(wishes.cloud);
    } catch (const Error& error) {
        throw UsageError(error.what());
    }
}

void make(const Wishes& wishes, bool anew) {
    if (const auto fault = config::site_name_fault(wishes.site)) {
        throw UsageError(fmt::format("the site {}: {}", quoted(wishes.site), *fault));
    }
    if (!wishes.cloud.empty()) {
        check_cloud(wishes.paths.folder, cloud_address(wishes));
    }
    const auto users = set_up_appliance({.paths = wishes.paths,
                                         .config = first_config(wishes.site, wishes.spool),
                                         .host_names = wishes.host_names,
                                         .policy = first_policy(),
                                         .users = {std::string(first_user)},
                                         .anew = anew});
    fmt::print("{} is ready.\n\n", wishes.paths.folder.string());
    show(users, "on site");
}

/// An appliance that is there already is what was asked for, or another one.
void compare(const Wishes& wishes, const config::Settings& there) {
    if (!wishes.site.empty() && wishes.site != there.site.name) {
        throw Error(fmt::format("{} is the appliance of the site '{}'; --force makes it anew, and "
                                "its certificates and passwords with it",
                                wishes.config().string(), there.site.name));
    }
    if (wishes.cloud.empty()) {
        fmt::print("{} is there already and stays as it is.\n", wishes.paths.folder.string());
    }
}

/// Whether that changed anything.
bool add_cloud(const Wishes& wishes) {
    const auto address = cloud_address(wishes);
    const auto added = add_cloud(wishes.paths, address);
    if (!added) {
        fmt::print("The cloud {} is there already.\n", address.host);
        return false;
    }
    fmt::print("\nThe cloud is {}:{}.\n", address.host, address.port);
    if (!added->folder.empty()) {
        fmt::print("  {0} makes its broker: see {0}/README.md\n", added->folder.string());
    }
    show(added->users, "at the cloud");
    return true;
}

/// The packages' services; whoever has none gets told what to start.
void start(const fs::path& folder, bool changed) {
    if (!is_installed(folder)) {
        fmt::print("\n  mosquitto -c {0}/generated/mosquitto.conf\n"
                   "  holdfast-edge --config {0}/holdfast.conf\n",
                   folder.string());
        return;
    }
    link_into_broker(folder);
    if (start_services(changed)) {
        fmt::print("\nThe broker and the daemon run, now and after every boot.\n");
    }
}

} // namespace

int run_init(const Arguments& arguments) {
    const auto values = parse(arguments, described_options(),
                              "Makes a new appliance: configuration, certificates, users and "
                              "policy; with --cloud, the\nway to its cloud broker too, also when "
                              "the appliance is there already.",
                              "holdfast init --site greenhouse\n  "
                              "holdfast init --cloud mosquitto://broker.example.org");
    if (!values) {
        return exit_fine;
    }
    auto wishes = wishes_of(*values);
    const bool anew = values->count("force") != 0;
    bool changed = anew || !fs::exists(wishes.config());
    if (changed) {
        ask_for_missing(wishes);
        make(wishes, anew);
    } else {
        compare(wishes, config::load_settings(wishes.config()));
    }
    if (!wishes.cloud.empty()) {
        changed = add_cloud(wishes) || changed;
    }
    start(wishes.paths.folder, changed);
    return exit_fine;
}

} // namespace holdfast::cli
