// holdfast.conf: InputError is the only failure, and whatever was accepted renders to files in
// which no value has become an option of its own.
#include "bridge/local_end.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

namespace {

constexpr std::array<std::string_view, 44> options{"user",
                                                   "check_retain_source",
                                                   "log_dest",
                                                   "log_timestamp_format",
                                                   "persistence",
                                                   "persistence_location",
                                                   "autosave_interval",
                                                   "autosave_on_changes",
                                                   "max_inflight_messages",
                                                   "max_queued_messages",
                                                   "max_queued_bytes",
                                                   "max_packet_size",
                                                   "set_tcp_nodelay",
                                                   "allow_anonymous",
                                                   "plugin",
                                                   "plugin_opt_users",
                                                   "plugin_opt_policy",
                                                   "plugin_opt_anonymous",
                                                   "plugin_opt_watchdog",
                                                   "plugin_opt_login_memory",
                                                   "listener",
                                                   "certfile",
                                                   "keyfile",
                                                   "tls_version",
                                                   "include_dir",
                                                   "connection",
                                                   "address",
                                                   "remote_clientid",
                                                   "local_clientid",
                                                   "bridge_protocol_version",
                                                   "try_private",
                                                   "cleansession",
                                                   "bridge_attempt_unsubscribe",
                                                   "keepalive_interval",
                                                   "restart_timeout",
                                                   "notifications",
                                                   "notification_topic",
                                                   "bridge_cafile",
                                                   "bridge_certfile",
                                                   "bridge_keyfile",
                                                   "bridge_tls_version",
                                                   "topic",
                                                   "#",
                                                   ""};

/// Every line begins with an option that we write, each but `topic` and comments once a file.
void check(const std::string& rendered) {
    std::array<int, options.size()> seen{};
    for (const auto line : holdfast::split(rendered, '\n')) {
        const auto word = line.substr(0, line.find(' '));
        const auto* const option = std::find(options.begin(), options.end(), word);
        if (option == options.end()) {
            std::abort();
        }
        const auto count = ++seen.at(static_cast<std::size_t>(option - options.begin()));
        if (count > 1 && word != "topic" && word != "#" && !word.empty()) {
            std::abort();
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto settings = holdfast::config::parse_settings(text, "/etc/holdfast/holdfast.conf");
        for (const auto& file : holdfast::bridge::render_local_end(
                 settings, {"/etc/holdfast", "/var/lib/mosquitto", "/usr/lib/x.so", "mosquitto"})) {
            check(file.content);
        }
    } catch (const holdfast::InputError&) {
    }
    return 0;
}
