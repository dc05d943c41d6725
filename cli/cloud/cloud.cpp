#include "bridge/iot_policy.hpp"
#include "cli/cloud/bundle.hpp"
#include "cli/options.hpp"
#include "cli/setup/installation.hpp"

#include <fmt/format.h>

namespace holdfast::cli {

namespace fs = std::filesystem;
namespace po = boost::program_options;

namespace {

using Names = std::vector<std::string>;

std::uint16_t port_option(const po::variables_map& values, const char* name) {
    const auto port = values[name].as<int>();
    if (port < 1 || port > 65'535) {
        throw UsageError(fmt::format("--{} takes 1 to 65535", name));
    }
    return static_cast<std::uint16_t>(port);
}

BundleWishes wishes(const po::variables_map& values) {
    BundleWishes wishes{.host_names = values["hostname"].as<Names>(),
                        .readers = values["reader"].as<Names>(),
                        .operators = values["operator"].as<Names>(),
                        .app_port = port_option(values, "app-port")};
    if (values.count("websocket") != 0) {
        wishes.websocket_port = port_option(values, "websocket");
    }
    return wishes;
}

int bundle_for_machine(const po::variables_map& values, const config::Settings& settings,
                       const fs::path& appliance) {
    const auto bundle = make_cloud_bundle(settings, appliance, wishes(values));
    for (const auto& file : bundle.kept) {
        fmt::print("kept   {}\n", file);
    }
    fmt::print("wrote  {0}: see {0}/README.md\n", bundle.folder.string());
    for (const auto& user : bundle.users) {
        fmt::print("  user {}   password {}   (shown this once)\n", user.name, user.password);
    }
    return exit_fine;
}

int bundle_for_aws(const po::variables_map& values, const config::Settings& settings,
                   const fs::path& appliance) {
    const auto number =
        values.count("account") != 0 ? values["account"].as<std::string>() : std::string();
    if (number.size() != 12 || number.find_first_not_of("0123456789") != std::string::npos) {
        throw UsageError("AWS IoT Core needs --account with the 12 digits of your AWS account: its "
                         "policies name it ('aws sts get-caller-identity')");
    }
    const auto folder = appliance / "cloud";
    const auto region = bridge::aws_region(settings.cloud->address);
    bridge::write({{folder / "policy.json", bridge::render_iot_policy(settings, {region, number}),
                    FileMode::public_},
                   {folder / "README.md", bridge::render_iot_steps(settings), FileMode::public_}});
    fmt::print("wrote  {0}/policy.json: see {0}/README.md\n", folder.string());
    return exit_fine;
}

} // namespace

int run_cloud(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    const auto names = [](const Names& otherwise, const char* shown) {
        return po::value<Names>()->default_value(otherwise, shown);
    };
    options.add_options()("action", po::value<std::string>(), "bundle");
    options.add_options()("hostname", names({}, ""),
                          "one more name or address of the machine; may come several times");
    options.add_options()("reader", names({"dashboard"}, "dashboard"),
                          "a user who may read what all sites send; may come several times");
    options.add_options()("operator", names({"operator"}, "operator"),
                          "one who may give orders too; may come several times");
    options.add_options()("app-port", po::value<int>()->default_value(8884),
                          "where applications come in, with TLS and a password");
    options.add_options()("websocket", po::value<int>(),
                          "a port for browsers, websockets with TLS; none unless given");
    options.add_options()("account", po::value<std::string>(),
                          "AWS IoT Core: the account's 12 digits");
    const auto values = parse(
        arguments, options,
        "Makes DIR/cloud: what turns a fresh machine into the cloud broker, or, where [cloud] "
        "has kind = aws-iot-core, the policy and the steps there. Made again, it keeps "
        "authority, users and the site's certificate.",
        "holdfast cloud bundle --hostname 203.0.113.7",
        {"holdfast cloud", po::positional_options_description().add("action", 1)});
    if (!values) {
        return exit_fine;
    }
    if (values->count("action") == 0 || (*values)["action"].as<std::string>() != "bundle") {
        throw UsageError("say what to do: bundle");
    }
    const auto folder = dir_option(*values);
    const auto settings = settings_with_cloud(folder);
    return settings.cloud->profile == &config::aws_iot_core_profile()
               ? bundle_for_aws(*values, settings, folder)
               : bundle_for_machine(*values, settings, folder);
}

} // namespace holdfast::cli
