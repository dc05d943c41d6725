#include "cli/setup/set_up.hpp"

#include "certs/authority.hpp"
#include "certs/host_names.hpp"
#include "certs/issued.hpp"
#include "cli/setup/installation.hpp"
#include "cli/setup/service_owner.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"
#include "core/identities.hpp"
#include "core/topics.hpp"
#include "plugin/crypto.hpp"
#include "plugin/password_hash.hpp"
#include "plugin/users.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

namespace holdfast::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view config_name = "holdfast.conf";

void make_private_folder(const fs::path& folder) {
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec);
}

/// Broker and daemon are two users with a part each in here; the files say whose they are.
void make_shared_folder(const fs::path& folder) {
    make_private_folder(folder);
    fs::permissions(folder, fs::perms::others_exec, fs::perm_options::add);
}

void hand_over(const ApplianceSpec& spec, const fs::path& spool_folder) {
    const auto& folder = spec.paths.folder;
    const ServiceOwner broker(spec.paths.broker_user);
    broker.reads(folder);
    broker.reads(folder / "users");
    broker.reads(folder / "policy");
    broker.owns(folder / "certs/server.key");
    broker.owns(spec.paths.state);
    const ServiceOwner daemon(installed_daemon_user);
    daemon.owns(folder / "edge.password");
    daemon.owns(spool_folder);
}

std::string policy_text(const std::string& rules) {
    return fmt::format(
        "# Who may do what: Mosquitto's acl_file, and more (docs/plugin.md). What no "
        "rule allows is denied.\n\n"
        "# The daemon publishes the sensors' topics, captures the devices' and has a stalled "
        "bridge "
        "reconnect.\n"
        "user {}\n"
        "topic readwrite #\n"
        "topic write {}\n"
        "\n{}",
        identities::edge_user, topics::control, rules);
}

} // namespace

std::string random_password() {
    // 32 symbols, 5 bits each; without 0, 1, l and o.
    constexpr std::string_view symbols = "23456789abcdefghijkmnpqrstuvwxyz";
    std::array<unsigned char, 20> random{};
    crypto::fill_random(random);
    std::string password;
    for (const auto byte : random) {
        password += symbols[byte % symbols.size()];
    }
    return password;
}

std::vector<NewUser> write_users(const fs::path& file, const std::vector<std::string>& names) {
    Users users;
    std::vector<NewUser> made;
    for (const auto& name : names) {
        made.push_back({name, random_password()});
        users.set(name, PasswordHash::make(made.back().password));
    }
    write_file(file, users.str(), FileMode::group);
    return made;
}

std::vector<NewUser> set_up_appliance(const ApplianceSpec& spec) {
    const auto& folder = spec.paths.folder;
    const auto config_file = folder / config_name;
    const auto settings = config::parse_settings(spec.config, config_file);
    if (spec.anew) {
        fs::remove(config_file);
        fs::remove_all(bridge::broker_parts(folder));
    }
    if (fs::exists(config_file)) {
        throw Error(fmt::format("{} exists: this folder has an appliance already; --force makes it "
                                "anew, and its certificates and passwords with it",
                                config_file.string()));
    }
    const auto spool_folder = settings.spool.path.parent_path();
    make_shared_folder(folder);
    make_private_folder(spec.paths.state);
    make_private_folder(spool_folder);
    const auto now = std::chrono::system_clock::now();
    const auto authority = certs::Authority::create(
        folder / "certs", settings.site.name + " appliance", now, {.replace = true});
    const auto server = authority.issue({.purpose = certs::Purpose::server,
                                         .common_name = settings.site.name,
                                         .alt_names = certs::host_names(spec.host_names)},
                                        now);
    certs::record_issued(folder / "certs", server.certificate_pem, now);
    certs::save(server, folder / "certs", "server");
    auto names = spec.users;
    names.emplace_back(identities::edge_user);
    auto users = write_users(folder / "users", names);
    write_file(folder / "edge.password", users.back().password + "\n", FileMode::secret);
    users.pop_back();
    write_file(folder / "policy", policy_text(spec.policy), FileMode::group);
    bridge::write(bridge::render_local_end(settings, spec.paths));
    hand_over(spec, spool_folder);
    // Last, because it says that all of this is there.
    write_file(config_file, spec.config, FileMode::public_);
    return users;
}

std::vector<NewUser> set_up_cloud(const CloudSpec& spec, const fs::path& site_certs) {
    const auto& folder = spec.end.folder;
    make_private_folder(folder);
    fs::create_directories(site_certs);
    const auto now = std::chrono::system_clock::now();
    const auto authority =
        certs::Authority::create(folder / "certs", "cloud of " + spec.site, now, {.replace = true});
    certs::save(authority.issue({.purpose = certs::Purpose::server,
                                 .common_name = "cloud broker",
                                 .alt_names = spec.host_names},
                                now),
                folder / "certs", "server");
    certs::save(authority.issue({.purpose = certs::Purpose::client, .common_name = spec.site}, now),
                site_certs, "bridge");
    write_file(site_certs / "cloud-ca.crt", authority.certificate_pem(), FileMode::public_);
    auto names = spec.end.readers;
    names.insert(names.end(), spec.end.operators.begin(), spec.end.operators.end());
    auto users = write_users(folder / "users", names);
    bridge::write(bridge::render_cloud_end(spec.end));
    const ServiceOwner broker(spec.end.broker_user);
    broker.owns(folder); // it saves its state here
    broker.reads(folder / "users");
    broker.reads(folder / "acl");
    broker.owns(folder / "certs/server.key");
    return users;
}

} // namespace holdfast::cli
