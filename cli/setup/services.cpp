#include "cli/setup/services.hpp"

#include "bridge/local_end.hpp"
#include "cli/setup/installation.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <chrono>
#include <string>

namespace holdfast::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view prefix = "holdfast-";
constexpr std::chrono::minutes longest_start{2};

std::vector<fs::path> parts(const fs::path& folder) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == ".conf") {
            found.push_back(entry.path());
        }
    }
    return found;
}

/// Whether the link had to be made.
bool make_link(const fs::path& link, const fs::path& target) {
    if (fs::is_symlink(link)) {
        if (fs::read_symlink(link) == target) {
            return false;
        }
        fs::remove(link);
    } else if (fs::exists(link)) {
        throw Error(fmt::format("{} is in the way of a link to {}: move it away, and say it again",
                                link.string(), target.string()));
    }
    fs::create_symlink(target, link);
    return true;
}

bool leads_nowhere(const fs::path& link, const fs::path& parts_folder) {
    return fs::is_symlink(link) && fs::read_symlink(link).parent_path() == parts_folder &&
           !fs::exists(link);
}

} // namespace

bool is_installed(const fs::path& folder) {
    return folder == installed_folder && plugin_module().parent_path() == "/usr/lib/holdfast" &&
           fs::is_directory(broker_conf_d);
}

bridge::LocalPaths local_paths(const fs::path& folder, const BrokerSeat& seat) {
    return {.folder = folder,
            .state = seat.state,
            .plugin = plugin_module(),
            .broker_user = seat.user,
            .login_memory =
                is_installed(folder) ? fs::path("/run/holdfast-logins/memory") : fs::path()};
}

fs::path broker_link(const fs::path& part, const fs::path& conf_d) {
    return conf_d / fmt::format("{}{}", prefix, part.filename().string());
}

std::vector<fs::path> link_into_broker(const fs::path& folder, const fs::path& conf_d) {
    const auto parts_folder = bridge::broker_parts(folder);
    std::vector<fs::path> changed;
    for (const auto& part : parts(parts_folder)) {
        auto link = broker_link(part, conf_d);
        if (make_link(link, part)) {
            changed.push_back(std::move(link));
        }
    }
    for (const auto& link : parts(conf_d)) {
        if (leads_nowhere(link, parts_folder)) {
            fs::remove(link);
            changed.push_back(link);
        }
    }
    return changed;
}

bool start_services(bool changed) {
    if (sd_booted() <= 0) {
        return false;
    }
    ChildProcess systemctl({.arguments = {find_program("systemctl"), changed ? "restart" : "start",
                                          "mosquitto.service", "holdfast-edge.service"},
                            .log = "/dev/null",
                            .output = STDOUT_FILENO,
                            .errors = STDERR_FILENO});
    if (systemctl.wait(longest_start) != 0) {
        throw Error("a service does not start: 'systemctl status mosquitto holdfast-edge' and "
                    "'journalctl -u mosquitto -u holdfast-edge' say why");
    }
    return true;
}

} // namespace holdfast::cli
