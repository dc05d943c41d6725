#include "bridge/local_end.hpp"

#include "config/payload_limits.hpp"
#include "config/receipt_routes.hpp"
#include "core/error.hpp"
#include "core/identities.hpp"
#include "core/topics.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::bridge {

namespace fs = std::filesystem;

namespace {

// A device's messages wait in the broker while the daemon is away; beyond this many the broker
// drops, and says nothing to the device. Bounded all the same, so that memory is.
constexpr int queued_messages = 100'000;
constexpr int queued_bytes = 32 * 1024 * 1024;

/// For devices that come by certificate: the plugin takes the user from it, and refuses and cuts
/// those that are revoked.
std::string certificate_lines(const config::BrokerSettings& broker, const fs::path& certs) {
    if (broker.certificate_port == 0) {
        return {};
    }
    return fmt::format(R"(
# Who comes here shows a certificate of our own authority; its common name is the user.
listener {port} {address}
cafile {certs}/ca.crt
certfile {certs}/server.crt
keyfile {certs}/server.key
require_certificate true
tls_version tlsv1.2
)",
                       fmt::arg("port", broker.certificate_port),
                       fmt::arg("address", broker.certificate_address),
                       fmt::arg("certs", certs.string()));
}

/// For the plugin, before the first listener.
std::string certificate_options(const config::BrokerSettings& broker, const fs::path& certs) {
    return broker.certificate_port == 0
               ? std::string()
               : fmt::format("plugin_opt_certificate_user cn\nplugin_opt_crl {}\n",
                             (certs / "crl.pem").string());
}

/// For the plugin too.
std::string login_memory_lines(const fs::path& path) {
    return path.empty() ? std::string()
                        : fmt::format("# What was verified needs no slow hash after a restart of "
                                      "the broker. In memory only, never on a disk.\n"
                                      "plugin_opt_login_memory {}\n",
                                      path.string());
}

/// For a broker that is started with it. An installed one has Debian's file in its place, which
/// says the same and may not say it twice.
std::string broker_file(const LocalPaths& paths) {
    return generated_header(paths.folder / "holdfast.conf") +
           fmt::format(R"(
user {}
log_dest stderr

# Sessions and retained messages survive a restart; kill -9 or a power cut cost what was not saved.
persistence true
persistence_location {}/

include_dir {}
)",
                       paths.broker_user, paths.state.string(),
                       broker_parts(paths.folder).string());
}

std::string appliance_file(const config::Settings& settings, const LocalPaths& paths) {
    const auto certs = paths.folder / "certs";
    std::string text = generated_header(paths.folder / "holdfast.conf");
    text += fmt::format(
        R"(
log_timestamp_format %Y-%m-%dT%H:%M:%S

# How often what is held for others is saved.
autosave_on_changes {on_changes}
autosave_interval {save_every}

# The daemon acknowledges a device's message once it is on disk, a whole group at a time.
max_inflight_messages 1000
max_queued_messages {queued_messages}
max_queued_bytes {queued_bytes}
# The largest max_payload of a device, and room for its topic: Mosquitto 2.1 by itself ends a
# connection that brings 2 000 000 bytes.
max_packet_size {packet_bytes}
# The plugin is asked before something retained is handed out: what is on its way to the cloud would
# go there again with every try of the bridge to connect.
check_retain_source true
# Without this, small QoS 1 windows wait for delayed acknowledgements.
set_tcp_nodelay true

# Who may come in, and what for: the Holdfast plugin decides, and nobody gets in without it.
allow_anonymous false
plugin {plugin}
plugin_opt_users {users}
plugin_opt_policy {policy}
plugin_opt_anonymous refuse
# A broker whose loop stands still for so long is restarted by systemd, where that started it.
plugin_opt_watchdog 3min
{login_memory}{by_certificate}
listener {port} {address}
certfile {certificate}
keyfile {key}
tls_version tlsv1.2
)",
        fmt::arg("on_changes", settings.broker.save_every.count() == 0),
        fmt::arg("save_every", std::max<long>(settings.broker.save_every.count(), 1)),
        fmt::arg("queued_messages", queued_messages), fmt::arg("queued_bytes", queued_bytes),
        fmt::arg("packet_bytes", config::largest_packet_bytes),
        fmt::arg("plugin", paths.plugin.string()),
        fmt::arg("users", (paths.folder / "users").string()),
        fmt::arg("policy", (paths.folder / "policy").string()),
        fmt::arg("login_memory", login_memory_lines(paths.login_memory)),
        fmt::arg("by_certificate", certificate_options(settings.broker, certs)),
        fmt::arg("port", settings.broker.port), fmt::arg("address", settings.broker.address),
        fmt::arg("certificate", (certs / "server.crt").string()),
        fmt::arg("key", (certs / "server.key").string()));
    text += certificate_lines(settings.broker, certs);
    return text;
}

/// Every option that says who is at the other end, and how that is made sure of.
std::string identity_lines(const config::CloudSettings& cloud) {
    auto text = fmt::format(R"(
# The cloud's certificate is verified, its name included; ours says who we are.
bridge_cafile {ca}
bridge_certfile {certificate}
bridge_keyfile {key}
bridge_tls_version tlsv1.2
)",
                            fmt::arg("ca", cloud.ca.string()),
                            fmt::arg("certificate", cloud.certificate.string()),
                            fmt::arg("key", cloud.key.string()));
    if (!cloud.alpn.empty()) {
        text += fmt::format("# What the cloud expects TLS to ask for on this port.\n"
                            "bridge_alpn {}\n",
                            cloud.alpn);
    }
    return text;
}

void check_subscriptions(std::size_t count, const config::CloudProfile& profile) {
    if (count > profile.subscriptions) {
        throw Error(fmt::format("the bridge would need {} subscriptions and {} takes {} of one "
                                "connection: let more topics share their first level",
                                count, profile.kind, profile.subscriptions));
    }
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
{identity}
# Up: what the daemon hands over, and only the daemon may publish there.
topic # out 1 {up} {site}/
)",
        fmt::arg("address", cloud.address), fmt::arg("port", cloud.port),
        fmt::arg("client_id", cloud.client_id), fmt::arg("bridge_id", identities::bridge_client),
        fmt::arg("keepalive", cloud.keepalive.count()),
        fmt::arg("link", topics::link(settings.site.name)),
        fmt::arg("identity", identity_lines(cloud)), fmt::arg("site", settings.site.name),
        fmt::arg("up", topics::up));
    const auto routes = config::receipt_routes(settings);
    check_subscriptions(routes.size() + 1, *cloud.profile); // and the orders
    text +=
        settings.uplink.receipt == config::Receipt::marker
            ? "\n# Receipts: of markers alone, each of which proves what went before it.\n"
            : "\n# Receipts: the cloud's echo, one line for each first level, so that a new sensor "
              "below it needs\n# no new line.\n";
    for (const auto& route : routes) {
        text += fmt::format("topic {} in 1 {} {}/\n", route, topics::receipts, settings.site.name);
    }
    text += fmt::format("\n# Down: orders of the cloud, which the daemon looks at.\n"
                        "topic # in 1 {} {}/down/\n",
                        topics::down, settings.site.name);
    return text;
}

} // namespace

fs::path broker_parts(const fs::path& folder) {
    return folder / "generated/conf.d";
}

std::vector<RenderedFile> render_local_end(const config::Settings& settings,
                                           const LocalPaths& paths) {
    std::vector<RenderedFile> files{{broker_parts(paths.folder) / "appliance.conf",
                                     appliance_file(settings, paths), FileMode::public_}};
    if (settings.cloud) {
        files.push_back({config::bridge_configuration(paths.folder),
                         bridge_file(settings, *settings.cloud, paths), FileMode::public_});
    }
    // Last, because it names the others.
    files.push_back(
        {paths.folder / "generated/mosquitto.conf", broker_file(paths), FileMode::public_});
    return files;
}

std::vector<fs::path> left_over(const std::vector<RenderedFile>& rendered, const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(broker_parts(folder), missing)) {
        const bool wanted =
            std::any_of(rendered.begin(), rendered.end(),
                        [&](const RenderedFile& file) { return file.path == entry.path(); });
        if (!wanted && entry.path().extension() == ".conf") {
            found.push_back(entry.path());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace holdfast::bridge
