#include "cli/add_cloud.hpp"

#include "cli/broker_owner.hpp"
#include "config/settings.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <array>

namespace holdfast::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::uint16_t usual_app_port = 8884;
constexpr std::string_view mosquitto_kind = "mosquitto";

bool same(const config::CloudSettings& there, const CloudAddress& address) {
    return CloudAddress{std::string(there.profile->kind), there.address, there.port} == address;
}

/// The folder of the far broker, whose authority signs this site's certificate.
AddedCloud make_far_end(const fs::path& folder, const std::string& site,
                        const CloudAddress& address) {
    const auto bundle = folder / "cloud";
    const auto app_port =
        address.port == usual_app_port ? std::uint16_t{usual_app_port - 1} : usual_app_port;
    auto users = set_up_cloud({.end = {.folder = bundle,
                                       .address = "0.0.0.0",
                                       .site_port = address.port,
                                       .app_port = app_port,
                                       .broker_user = "mosquitto",
                                       .readers = {"dashboard"}},
                               .host_names = {address.host},
                               .site = site},
                              folder / "certs");
    return {bundle, std::move(users)};
}

} // namespace

void check_cloud(const fs::path& folder, const CloudAddress& address) {
    if (address.kind == mosquitto_kind) {
        return;
    }
    for (const auto* const name : {"bridge.crt", "bridge.key", "cloud-ca.crt"}) {
        const auto path = folder / "certs" / name;
        if (!fs::exists(path)) {
            throw Error(fmt::format("{} is missing: AWS makes this site's certificate; bring it "
                                    "with 'holdfast cert import', then say --cloud again",
                                    path.string()));
        }
    }
}

std::optional<AddedCloud> add_cloud(const bridge::LocalPaths& paths, const CloudAddress& address) {
    const auto file = paths.folder / "holdfast.conf";
    const auto text = read_file(file);
    const auto there = config::parse_settings(text, file);
    if (there.cloud && same(*there.cloud, address)) {
        return std::nullopt;
    }
    if (there.cloud) {
        throw Error(fmt::format("{} has the cloud {}:{}; change [cloud] there, then 'holdfast "
                                "render'",
                                file.string(), there.cloud->address, there.cloud->port));
    }
    check_cloud(paths.folder, address);
    const auto with_cloud = text + "\n" + cloud_section(address);
    const auto settings = config::parse_settings(with_cloud, file);
    const auto added = address.kind == mosquitto_kind
                           ? make_far_end(paths.folder, settings.site.name, address)
                           : AddedCloud{};
    BrokerOwner(paths.broker_user).owns(settings.cloud->key);
    bridge::write(bridge::render_local_end(settings, paths));
    // Last, as everything it names is there now.
    write_file(file, with_cloud, FileMode::public_);
    return added;
}

} // namespace holdfast::cli
