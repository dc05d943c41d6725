#include "bridge/cloud_bundle.hpp"
#include "bridge/iot_policy.hpp"
#include "certs/authority.hpp"
#include "cli/installation.hpp"
#include "cli/options.hpp"
#include "cli/set_up.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace holdfast::cli {

namespace fs = std::filesystem;
namespace po = boost::program_options;

namespace {

using Names = std::vector<std::string>;

/// The cloud's own authority stays here: it signs sites, and no broker needs it for that.
certs::Authority cloud_authority(const fs::path& folder, const std::string& site) {
    if (fs::exists(folder / "ca.key")) {
        return certs::Authority::open(folder);
    }
    return certs::Authority::create(folder, "cloud of " + site, std::chrono::system_clock::now());
}

/// What the appliance needs to come in, unless it has it.
void give_site_certificate(const certs::Authority& authority, const config::Settings& settings) {
    const auto& cloud = *settings.cloud;
    if (fs::exists(cloud.key) || fs::exists(cloud.certificate) || fs::exists(cloud.ca)) {
        fmt::print("kept   {} and what belongs to it\n", cloud.certificate.string());
        return;
    }
    const auto credentials =
        authority.issue({.purpose = certs::Purpose::client, .common_name = settings.site.name},
                        std::chrono::system_clock::now());
    for (const auto& file : {cloud.key, cloud.certificate, cloud.ca}) {
        fs::create_directories(file.parent_path());
    }
    write_file(cloud.key, credentials.key_pem, FileMode::secret);
    give_to_broker(cloud.key, installed_broker_user);
    write_file(cloud.certificate, credentials.certificate_pem, FileMode::public_);
    write_file(cloud.ca, authority.certificate_pem(), FileMode::public_);
    fmt::print("wrote  {}, its key, and {}\n", cloud.certificate.string(), cloud.ca.string());
}

void give_server_certificate(const certs::Authority& authority, const fs::path& certs,
                             const config::CloudSettings& cloud, const Names& more) {
    Names names{cloud.address};
    std::copy_if(more.begin(), more.end(), std::back_inserter(names),
                 [&](const std::string& name) { return name != cloud.address; });
    fs::create_directories(certs);
    certs::save(
        authority.issue(
            {.purpose = certs::Purpose::server, .common_name = "cloud broker", .alt_names = names},
            std::chrono::system_clock::now()),
        certs, "server");
    write_file(certs / "ca.crt", authority.certificate_pem(), FileMode::public_);
}

std::vector<NewUser> give_users(const bridge::CloudEnd& end) {
    const auto file = end.folder / "users";
    if (fs::exists(file)) {
        fmt::print("kept   {}: remove it to have new passwords\n", file.string());
        return {};
    }
    auto names = end.readers;
    names.insert(names.end(), end.operators.begin(), end.operators.end());
    return write_users(file, names);
}

std::string user_data(const fs::path& folder) {
    std::vector<bridge::BundleFile> files;
    for (const auto* const name : {"certs/ca.crt", "certs/server.crt", "acl", "mosquitto.conf"}) {
        files.push_back({name, read_file(folder / name), "0644"});
    }
    for (const auto* const name : {"certs/server.key", "users"}) {
        files.push_back({name, read_file(folder / name), "0600"});
    }
    files.push_back({"install.sh", read_file(folder / "install.sh"), "0755"});
    return bridge::render_user_data(files);
}

std::uint16_t port_option(const po::variables_map& values, const char* name) {
    const auto port = values[name].as<int>();
    if (port < 1 || port > 65'535) {
        throw UsageError(fmt::format("--{} takes 1 to 65535", name));
    }
    return static_cast<std::uint16_t>(port);
}

bridge::CloudEnd cloud_end(const po::variables_map& values, const config::CloudSettings& cloud,
                           const fs::path& folder) {
    bridge::CloudEnd end{.folder = folder,
                         .address = "0.0.0.0",
                         .site_port = cloud.port,
                         .app_port = port_option(values, "app-port"),
                         .broker_user = installed_broker_user,
                         .readers = values["reader"].as<Names>(),
                         .operators = values["operator"].as<Names>()};
    end.home = bridge::BundleHome::files;
    end.state = bridge::BundleHome::state;
    if (values.count("websocket") != 0) {
        end.websocket_port = port_option(values, "websocket");
    }
    if (end.app_port == end.site_port || end.websocket_port == end.site_port ||
        end.websocket_port == end.app_port) {
        throw UsageError(fmt::format(
            "appliances ({}), applications and websockets need a port each", end.site_port));
    }
    return end;
}

int bundle_for_machine(const po::variables_map& values, const config::Settings& settings,
                       const fs::path& appliance) {
    const auto folder = appliance / "cloud";
    const auto end = cloud_end(values, *settings.cloud, folder);
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all);
    const auto authority = cloud_authority(appliance / "cloud-authority", settings.site.name);
    give_site_certificate(authority, settings);
    give_server_certificate(authority, folder / "certs", *settings.cloud,
                            values["hostname"].as<Names>());
    const auto users = give_users(end);
    bridge::write(bridge::render_bundle(settings, end));
    write_file(folder / "user-data.yaml", user_data(folder), FileMode::secret);
    fmt::print("wrote  {0}: see {0}/README.md\n", folder.string());
    for (const auto& user : users) {
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
        po::positional_options_description().add("action", 1));
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
