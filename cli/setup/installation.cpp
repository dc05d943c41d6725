#include "cli/setup/installation.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>

namespace holdfast::cli {

namespace fs = std::filesystem;

namespace {

fs::path beside_us(const std::array<std::string_view, 2>& candidates, std::string_view what) {
    const auto folder = fs::read_symlink("/proc/self/exe").parent_path();
    for (const auto candidate : candidates) {
        auto path = (folder / candidate).lexically_normal();
        if (fs::exists(path)) {
            return path;
        }
    }
    throw Error(fmt::format("{} is missing: looked for {} and {}", what,
                            (folder / candidates[0]).lexically_normal().string(),
                            (folder / candidates[1]).lexically_normal().string()));
}

} // namespace

fs::path daemon_program() {
    return beside_us({"holdfast-edge", "../sbin/holdfast-edge"}, "the daemon");
}

fs::path plugin_module() {
    return beside_us({"../lib/mosquitto_holdfast.so", "../lib/holdfast/mosquitto_holdfast.so"},
                     "the broker's plugin");
}

BrokerSeat broker_seat(const fs::path& folder) {
    BrokerSeat seat{::geteuid() == 0 ? installed_broker_user : own_user(), installed_broker_state};
    const auto file = folder / "generated/mosquitto.conf";
    const auto text = fs::exists(file) ? read_file(file) : std::string();
    for (const auto line : split(text, '\n')) {
        if (line.starts_with("user ")) {
            seat.user = trim(line.substr(5));
        } else if (line.starts_with("persistence_location ")) {
            seat.state = fs::path(trim(line.substr(21))).lexically_normal().parent_path();
        }
    }
    return seat;
}

std::string own_user() {
    const auto* const user = ::getpwuid(::geteuid());
    return user == nullptr ? std::to_string(::geteuid()) : user->pw_name;
}

std::string read_own_file(const fs::path& file) {
    if (!fs::exists(file)) {
        throw InputError(file.string(), 0,
                         "there is no such file; 'holdfast init --site NAME' makes an appliance, "
                         "and --dir names another one");
    }
    return read_file(file);
}

config::Settings settings_with_cloud(const fs::path& folder) {
    const auto file = folder / "holdfast.conf";
    auto settings = config::load_settings(file);
    if (!settings.cloud) {
        throw InputError(file.string(), 0,
                         "there is no [cloud] section; 'holdfast init --cloud ADDRESS' adds it");
    }
    return settings;
}

} // namespace holdfast::cli
