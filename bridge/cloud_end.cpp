#include "bridge/cloud_end.hpp"

#include "config/payload_limits.hpp"

#include <fmt/format.h>

namespace holdfast::bridge {

namespace {

std::string broker_file(const CloudEnd& cloud) {
    const auto home = cloud.home.empty() ? cloud.folder : cloud.home;
    const auto state = cloud.state.empty() ? cloud.folder : cloud.state;
    const auto certs = home / "certs";
    auto text = fmt::format(
        R"(# The cloud broker of a Holdfast appliance.

user {user}
log_dest stderr
log_timestamp_format %Y-%m-%dT%H:%M:%S

persistence true
persistence_location {state}/
# A site's receipt says that this broker has the message: nothing may be dropped from a queue, and
# what an absent application waits for is saved at once.
autosave_interval 1
autosave_on_changes true
# (0 for "no limit" has mosquitto 2.0.11 end the connection of whoever publishes what is denied.)
max_queued_messages 100000000
# As the appliance's own broker: what a device may send comes here too.
max_packet_size {packet_bytes}
set_tcp_nodelay true

allow_anonymous false
password_file {home}/users
acl_file {home}/acl

# Sites: the certificate is the identity.
listener {site_port} {address}
cafile {ca}
certfile {certificate}
keyfile {key}
tls_version tlsv1.2
require_certificate true
use_identity_as_username true

# Applications: user and password.
listener {app_port} {address}
certfile {certificate}
keyfile {key}
tls_version tlsv1.2
)",
        fmt::arg("user", cloud.broker_user), fmt::arg("packet_bytes", config::largest_packet_bytes),
        fmt::arg("home", home.string()), fmt::arg("state", state.string()),
        fmt::arg("site_port", cloud.site_port), fmt::arg("app_port", cloud.app_port),
        fmt::arg("address", cloud.address), fmt::arg("ca", (certs / "ca.crt").string()),
        fmt::arg("certificate", (certs / "server.crt").string()),
        fmt::arg("key", (certs / "server.key").string()));
    if (cloud.websocket_port) {
        text += fmt::format(R"(
# Applications in browsers: user and password, over websockets with TLS.
listener {} {}
protocol websockets
certfile {}
keyfile {}
tls_version tlsv1.2
)",
                            *cloud.websocket_port, cloud.address, (certs / "server.crt").string(),
                            (certs / "server.key").string());
    }
    return text;
}

std::string acl_file(const CloudEnd& cloud) {
    std::string text = "# Each site has the topics below its own name.\n"
                       "pattern readwrite %u/#\n";
    for (const auto& reader : cloud.readers) {
        text += fmt::format("\nuser {}\ntopic read +/#\n", reader);
    }
    for (const auto& user : cloud.operators) {
        text += fmt::format("\nuser {}\ntopic read +/#\ntopic write +/down/#\n", user);
    }
    return text;
}

} // namespace

std::vector<RenderedFile> render_cloud_end(const CloudEnd& cloud) {
    return {{cloud.folder / "mosquitto.conf", broker_file(cloud), FileMode::public_},
            {cloud.folder / "acl", acl_file(cloud), FileMode::group}};
}

} // namespace holdfast::bridge
