#include "cli/setup/add_cloud.hpp"

#include "config/settings.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

namespace holdfast::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::uint16_t other_app_port = 8885;
constexpr std::string_view mosquitto_kind = "mosquitto";

bool same(const config::CloudSettings& there, const CloudAddress& address) {
    return CloudAddress{std::string(there.profile->kind), there.address, there.port} == address;
}

/// Applications come in beside the appliances, on a port of their own.
CloudBundle make_far_end(const config::Settings& settings, const fs::path& folder) {
    BundleWishes wishes;
    if (wishes.app_port == settings.cloud->port) {
        wishes.app_port = other_app_port;
    }
    return make_cloud_bundle(settings, folder, wishes);
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

std::optional<CloudBundle> add_cloud(const bridge::LocalPaths& paths, const CloudAddress& address) {
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
    auto added =
        address.kind == mosquitto_kind ? make_far_end(settings, paths.folder) : CloudBundle{};
    bridge::write(bridge::render_local_end(settings, paths));
    // Last, as everything it names is there now.
    write_file(file, with_cloud, FileMode::public_);
    return added;
}

} // namespace holdfast::cli
