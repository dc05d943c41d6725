#include "bridge/local_end.hpp"

#include "config/template_settings.hpp"
#include "core/identities.hpp"
#include "core/topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace holdfast::bridge {

namespace {

// A device's messages wait in the broker while the daemon is away; beyond this many the broker
// drops, and says nothing to the device. Bounded all the same, so that memory is.
constexpr int queued_messages = 100'000;
constexpr int queued_bytes = 32 * 1024 * 1024;

std::string broker_file(const config::Settings& settings, const LocalPaths& paths) {
    const auto certs = paths.folder / "certs";
    std::string text = generated_header(paths.folder / "holdfast.conf");
    text += fmt::format(
        R"(
user {user}
log_dest stderr
log_timestamp_format %Y-%m-%dT%H:%M:%S

# Sessions and retained messages survive a restart; kill -9 or a power cut cost what was not saved.
persistence true
persistence_location {state}/
autosave_on_changes {on_changes}
autosave_interval {save_every}

# The daemon acknowledges a device's message once it is on disk, a whole group at a time.
max_inflight_messages 1000
max_queued_messages {queued_messages}
max_queued_bytes {queued_bytes}
# Without this, small QoS 1 windows wait for delayed acknowledgements.
set_tcp_nodelay true

# Who may come in, and what for: the Holdfast plugin decides, and nobody gets in without it.
allow_anonymous false
plugin {plugin}
plugin_opt_users {users}
plugin_opt_policy {policy}

listener {port} {address}
certfile {certificate}
keyfile {key}
tls_version tlsv1.2
)",
        fmt::arg("user", paths.broker_user), fmt::arg("state", paths.state.string()),
        fmt::arg("on_changes", settings.broker.save_every.count() == 0),
        fmt::arg("save_every", std::max<long>(settings.broker.save_every.count(), 1)),
        fmt::arg("queued_messages", queued_messages), fmt::arg("queued_bytes", queued_bytes),
        fmt::arg("plugin", paths.plugin.string()),
        fmt::arg("users", (paths.folder / "users").string()),
        fmt::arg("policy", (paths.folder / "policy").string()),
        fmt::arg("port", settings.broker.port), fmt::arg("address", settings.broker.address),
        fmt::arg("certificate", (certs / "server.crt").string()),
        fmt::arg("key", (certs / "server.key").string()));
    if (settings.cloud) {
        text += fmt::format("\ninclude_dir {}\n", (paths.folder / "generated/conf.d").string());
    }
    return text;
}

/// Everything that goes up, once: the echo of each comes back on its own line.
std::set<std::string> uplink_routes(const config::Settings& settings) {
    std::set<std::string> routes;
    for (const auto& sensor : settings.sensors) {
        if (sensor.up) {
            routes.insert(sensor.topic.str());
        }
    }
    for (const auto& device : settings.devices) {
        routes.insert(device.topic.str());
    }
    for (const auto& alarm : settings.alarms) {
        if (alarm.up) {
            routes.insert(alarm.topic.str());
        }
    }
    for (const auto& message : config::templates(settings)) {
        if (message.up) {
            routes.insert(message.topic.str());
        }
    }
    return routes;
}

std::string bridge_file(const config::Settings& settings, const config::CloudSettings& cloud,
                        const LocalPaths& paths) {
    std::string text = generated_header(paths.folder / "holdfast.conf");
    text += fmt::format(
        R"(
connection holdfast
address {address}:{port}
remote_clientid {client_id}
local_clientid {bridge_id}

# The echo that proves delivery comes back only with these two: with MQTT 5 or try_private a bridge
# subscribes so that it does not get its own messages.
bridge_protocol_version mqttv311
try_private false

# Both ends keep the session: what is in flight when the link goes is sent again when it returns.
cleansession false
bridge_attempt_unsubscribe false
keepalive_interval {keepalive}
restart_timeout 1 1

# 1 or 0, retained, here and at the cloud, where it is also the last will.
notifications true
notification_topic {link}

# The cloud's certificate is verified, its name included; ours says who we are.
bridge_cafile {ca}
bridge_certfile {certificate}
bridge_keyfile {key}
bridge_tls_version tlsv1.2

# Up: what the daemon hands over, and only the daemon may publish there.
topic # out 1 {up} {site}/

# Receipts: the cloud's echo of each route.
topic {barrier} in 1 {receipts} {site}/
)",
        fmt::arg("address", cloud.address), fmt::arg("port", cloud.port),
        fmt::arg("client_id", cloud.client_id), fmt::arg("bridge_id", identities::bridge_client),
        fmt::arg("keepalive", cloud.keepalive.count()),
        fmt::arg("link", topics::link(settings.site.name)), fmt::arg("ca", cloud.ca.string()),
        fmt::arg("certificate", cloud.certificate.string()), fmt::arg("key", cloud.key.string()),
        fmt::arg("site", settings.site.name), fmt::arg("up", topics::up),
        fmt::arg("receipts", topics::receipts), fmt::arg("barrier", topics::barrier));
    for (const auto& route : uplink_routes(settings)) {
        text += fmt::format("topic {} in 1 {} {}/\n", route, topics::receipts, settings.site.name);
    }
    text += fmt::format("\n# Down: orders of the cloud, which the daemon looks at.\n"
                        "topic # in 1 {} {}/down/\n",
                        topics::down, settings.site.name);
    return text;
}

} // namespace

std::vector<RenderedFile> render_local_end(const config::Settings& settings,
                                           const LocalPaths& paths) {
    const auto generated = paths.folder / "generated";
    std::vector<RenderedFile> files{
        {generated / "mosquitto.conf", broker_file(settings, paths), FileMode::public_}};
    if (settings.cloud) {
        files.push_back({generated / "conf.d/bridge.conf",
                         bridge_file(settings, *settings.cloud, paths), FileMode::public_});
    }
    return files;
}

} // namespace holdfast::bridge
