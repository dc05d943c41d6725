#include "cli/cloud/bundle.hpp"

#include "bridge/cloud_bundle.hpp"
#include "certs/authority.hpp"
#include "cli/options.hpp"
#include "cli/setup/installation.hpp"
#include "cli/setup/service_owner.hpp"
#include "core/atomic_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace holdfast::cli {

namespace fs = std::filesystem;

namespace {

/// The cloud's own authority stays here: it signs sites, and no broker needs it for that.
certs::Authority cloud_authority(const fs::path& folder, const std::string& site) {
    if (fs::exists(folder / "ca.key")) {
        return certs::Authority::open(folder);
    }
    return certs::Authority::create(folder, "cloud of " + site, std::chrono::system_clock::now());
}

/// What the appliance needs to come in, unless it has it.
void give_site_certificate(const certs::Authority& authority, const config::Settings& settings,
                           CloudBundle& bundle) {
    const auto& cloud = *settings.cloud;
    if (fs::exists(cloud.key) || fs::exists(cloud.certificate) || fs::exists(cloud.ca)) {
        bundle.kept.push_back(cloud.certificate.string() + " and what belongs to it");
        return;
    }
    const auto credentials =
        authority.issue({.purpose = certs::Purpose::client, .common_name = settings.site.name},
                        std::chrono::system_clock::now());
    for (const auto& file : {cloud.key, cloud.certificate, cloud.ca}) {
        fs::create_directories(file.parent_path());
    }
    write_file(cloud.key, credentials.key_pem, FileMode::secret);
    ServiceOwner(installed_broker_user).owns(cloud.key);
    write_file(cloud.certificate, credentials.certificate_pem, FileMode::public_);
    write_file(cloud.ca, authority.certificate_pem(), FileMode::public_);
}

void give_server_certificate(const certs::Authority& authority, const fs::path& certs,
                             const config::CloudSettings& cloud,
                             const std::vector<std::string>& more) {
    std::vector<std::string> names{cloud.address};
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

void give_users(const bridge::CloudEnd& end, CloudBundle& bundle) {
    const auto file = end.folder / "users";
    if (fs::exists(file)) {
        bundle.kept.push_back(file.string() + ": remove it to have new passwords");
        return;
    }
    auto names = end.readers;
    names.insert(names.end(), end.operators.begin(), end.operators.end());
    bundle.users = write_users(file, names);
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

bridge::CloudEnd cloud_end(const BundleWishes& wishes, const config::CloudSettings& cloud,
                           const fs::path& folder) {
    bridge::CloudEnd end{.folder = folder,
                         .address = "0.0.0.0",
                         .site_port = cloud.port,
                         .app_port = wishes.app_port,
                         .broker_user = installed_broker_user,
                         .readers = wishes.readers,
                         .operators = wishes.operators};
    end.home = bridge::BundleHome::files;
    end.state = bridge::BundleHome::state;
    end.websocket_port = wishes.websocket_port;
    if (end.app_port == end.site_port || end.websocket_port == end.site_port ||
        end.websocket_port == end.app_port) {
        throw UsageError(fmt::format(
            "appliances ({}), applications and websockets need a port each", end.site_port));
    }
    return end;
}

} // namespace

CloudBundle make_cloud_bundle(const config::Settings& settings, const fs::path& appliance,
                              const BundleWishes& wishes) {
    CloudBundle bundle{.folder = appliance / "cloud"};
    const auto end = cloud_end(wishes, *settings.cloud, bundle.folder);
    fs::create_directories(bundle.folder);
    fs::permissions(bundle.folder, fs::perms::owner_all);
    const auto authority = cloud_authority(appliance / "cloud-authority", settings.site.name);
    give_site_certificate(authority, settings, bundle);
    give_server_certificate(authority, bundle.folder / "certs", *settings.cloud, wishes.host_names);
    give_users(end, bundle);
    bridge::write(bridge::render_bundle(settings, end));
    write_file(bundle.folder / "user-data.yaml", user_data(bundle.folder), FileMode::secret);
    return bundle;
}

} // namespace holdfast::cli
