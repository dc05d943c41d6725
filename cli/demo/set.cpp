#include "cli/demo/set.hpp"

#include "cli/setup/installation.hpp"
#include "cli/setup/set_up.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <fmt/format.h>
#include <netdb.h>

#include <array>
#include <memory>

namespace holdfast::cli::demo {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view policy = R"(# Somebody on site may look at everything that is measured.
user viewer
topic read sensors/#
topic read devices/#
topic read holdfast/status

# The device may publish below its own name.
user esp32
topic write devices/esp32/#
)";

/// A temperature where the machine has one, else another number that its kernel keeps.
std::string machine_sensor() {
    struct Source {
        std::string_view path;
        std::string_view section;
    };
    constexpr std::array<Source, 3> sources{{
        {"/sys/class/thermal/thermal_zone0/temp",
         "[sensor cpu-temperature]\nscale = 0.001\nunit = Cel\n"},
        {"/sys/class/hwmon/hwmon0/temp1_input",
         "[sensor cpu-temperature]\nscale = 0.001\nunit = Cel\n"},
        {"/sys/class/net/lo/statistics/rx_bytes", "[sensor loopback-traffic]\nunit = B\n"},
    }};
    for (const auto& source : sources) {
        if (fs::exists(source.path)) {
            return fmt::format("{}driver = file\npath = {}\nevery = 500ms\n\n", source.section,
                               source.path);
        }
    }
    return {};
}

/// A machine that lacks it, as a bare chroot does, would only time out later.
void require_localhost() {
    addrinfo* addresses = nullptr;
    const int code = ::getaddrinfo("localhost", nullptr, nullptr, &addresses);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(addresses, ::freeaddrinfo);
    if (code != 0) {
        throw Error(fmt::format("the name localhost has no address here ({}): add the line "
                                "'127.0.0.1 localhost' to /etc/hosts",
                                ::gai_strerror(code)));
    }
}

mqtt::Endpoint endpoint(std::uint16_t port, const std::string& user, const std::string& password,
                        const fs::path& ca) {
    mqtt::Endpoint endpoint;
    endpoint.host = "localhost";
    endpoint.port = port;
    endpoint.client_id = "demo-" + user;
    endpoint.username = user;
    endpoint.password = password;
    endpoint.ca_file = ca;
    return endpoint;
}

} // namespace

Set::Set(fs::path folder)
    : folder_(std::move(folder)) {
    require_localhost();
    fs::create_directories(folder_);
    if (!fs::is_empty(folder_)) {
        throw Error(fmt::format("{} is not empty: name a new folder with --dir", folder_.string()));
    }
    set_up_cloud_end();
    set_up_appliance_end();
}

void Set::set_up_cloud_end() {
    const auto users = set_up_cloud({.end = {.folder = folder_ / "cloud",
                                             .address = "127.0.0.1",
                                             .site_port = site_port_.number(),
                                             .app_port = app_port_.number(),
                                             .broker_user = own_user(),
                                             .readers = {"dashboard"}},
                                     .host_names = {"localhost", "127.0.0.1"},
                                     .site = site},
                                    appliance() / "certs");
    subscriber_password_ = users.at(0).password;
}

void Set::set_up_appliance_end() {
    const auto users = set_up_appliance({.paths = {.folder = appliance(),
                                                   .state = appliance() / "state",
                                                   .plugin = plugin_module(),
                                                   .broker_user = own_user()},
                                         .config = config(true),
                                         .host_names = {},
                                         .policy = std::string(policy),
                                         .users = {"viewer", "esp32"}});
    viewer_password_ = users.at(0).password;
    for (const auto& user : users) {
        write_client_file(user.name, user.password);
    }
}

/// The options files of mosquitto_pub and mosquitto_sub: no password in anybody's process list.
void Set::write_client_file(const std::string& user, const std::string& password) const {
    const auto folder = folder_ / "clients" / user;
    fs::create_directories(folder);
    const auto options =
        fmt::format("-h localhost\n-p {}\n--cafile {}\n-u {}\n-P {}\n", local_port(),
                    (appliance() / "certs/ca.crt").string(), user, password);
    write_file(folder / "mosquitto_pub", options, FileMode::secret);
    write_file(folder / "mosquitto_sub", options, FileMode::secret);
}

// The cloud is an address, not localhost: where that is ::1 first, the bridge of Mosquitto 2.0.11
// fails on it and never tries the next.
std::string Set::config(bool measuring) const {
    std::string text = fmt::format(R"([site]
name = {}

[broker]
listen = 127.0.0.1:{}
save_every = 0

[cloud]
kind = mosquitto
address = 127.0.0.1
port = {}
keepalive = 5s

[spool]
path = {}
lose_at_most = 500ms

[uplink]
receipt_timeout = 5s
)",
                                   site, local_port(), site_port_.number(), spool().string());
    if (!measuring) {
        return text;
    }
    return text + fmt::format(R"(
[sensor load]
driver = file
path = /proc/loadavg
field = 1
every = 500ms

[sensor free-memory]
driver = file
path = /proc/meminfo
key = MemAvailable
scale = 1024
unit = B
every = 500ms

{}[sensor arduino]
driver = serial
device = {}
baud = 9600
min = 0
max = 1023
every = 500ms

[device esp32]
topic = devices/#
)",
                              machine_sensor(), arduino().string());
}

void Set::write_config(bool measuring) const {
    write_file(appliance() / "holdfast.conf", config(measuring), FileMode::public_);
}

ChildProcess::Command Set::program(const fs::path& path, const std::string& option,
                                   const fs::path& config, const std::string& log) const {
    return {{path.string(), option, config.string()}, folder_ / log};
}

ChildProcess::Command Set::cloud_broker() const {
    return program(find_program("mosquitto"), "-c", folder_ / "cloud/mosquitto.conf", "cloud.log");
}

ChildProcess::Command Set::local_broker() const {
    return program(find_program("mosquitto"), "-c", appliance() / "generated/mosquitto.conf",
                   "broker.log");
}

ChildProcess::Command Set::daemon() const {
    return program(daemon_program(), "--config", appliance() / "holdfast.conf", "edge.log");
}

ChildProcess::Command Set::device(const std::string& topic, const std::string& payload) const {
    return {{find_program("mosquitto_pub").string(), "-q", "1", "-t", topic, "-m", payload},
            folder_ / "device.log",
            {"XDG_CONFIG_HOME=" + (folder_ / "clients/esp32").string()}};
}

std::string Set::client_words(const std::string& user) const {
    return "XDG_CONFIG_HOME=" + (folder_ / "clients" / user).string();
}

mqtt::Endpoint Set::viewer() const {
    return endpoint(local_port(), "viewer", viewer_password_, appliance() / "certs/ca.crt");
}

mqtt::Endpoint Set::subscriber() const {
    auto kept =
        endpoint(app_port(), "dashboard", subscriber_password_, folder_ / "cloud/certs/ca.crt");
    kept.clean_session = false;
    return kept;
}

} // namespace holdfast::cli::demo
