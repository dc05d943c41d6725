#include "edge/mqtt/handle.hpp"

#include "core/error.hpp"
#include "core/unique_fd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <mosquitto.h>

#include <cerrno>
#include <cstring>

namespace holdfast::mqtt {

namespace {

const char* text_or_null(const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
}

// libmosquitto says only "invalid arguments" of a file that it cannot read.
void require_readable(const std::string& path, std::string_view what) {
    if (!path.empty() && !UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC))) {
        throw_errno(fmt::format("cannot read {} {}", what, path));
    }
}

void set_tls(mosquitto* handle, const Endpoint& endpoint) {
    require_readable(endpoint.ca_file, "the CA file");
    require_readable(endpoint.certificate_file, "the certificate");
    require_readable(endpoint.key_file, "the key");
    check(mosquitto_tls_set(handle, endpoint.ca_file.c_str(), nullptr,
                            text_or_null(endpoint.certificate_file),
                            text_or_null(endpoint.key_file), nullptr),
          endpoint.ca_file);
    constexpr int verify_peer = 1;
    // No version means TLS 1.2 and later; naming one would exclude the others.
    check(mosquitto_tls_opts_set(handle, verify_peer, nullptr, nullptr), "TLS options");
    if (!endpoint.alpn.empty()) {
        check(mosquitto_string_option(handle, MOSQ_OPT_TLS_ALPN, endpoint.alpn.c_str()), "ALPN");
    }
}

} // namespace

void HandleDeleter::operator()(mosquitto* handle) const noexcept {
    mosquitto_destroy(handle);
}

Handle make_handle(const Endpoint& endpoint, void* object) {
    Handle handle(mosquitto_new(text_or_null(endpoint.client_id), endpoint.clean_session, object));
    if (!handle) {
        throw_errno(fmt::format("cannot make an MQTT client '{}'", endpoint.client_id));
    }
    // Told that another thread writes, libmosquitto queues packets instead of sending them from
    // inside its read: acknowledgements leave when we say so (docs/architecture.md).
    check(mosquitto_threaded_set(handle.get(), true), "threaded mode");
    if (endpoint.version == Version::v5) {
        check(mosquitto_int_option(handle.get(), MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5),
              "MQTT 5");
    }
    if (!endpoint.username.empty()) {
        check(mosquitto_username_pw_set(handle.get(), endpoint.username.c_str(),
                                        endpoint.password.c_str()),
              "user name and password");
    }
    if (endpoint.will) {
        const auto& will = *endpoint.will;
        check(mosquitto_will_set(handle.get(), will.topic.c_str(),
                                 static_cast<int>(will.payload.size()), will.payload.data(),
                                 will.qos, will.retain),
              fmt::format("the will on '{}'", will.topic));
    }
    if (!endpoint.ca_file.empty()) {
        set_tls(handle.get(), endpoint);
    }
    return handle;
}

std::string describe(int code) {
    return code == MOSQ_ERR_ERRNO ? std::strerror(errno) : mosquitto_strerror(code);
}

void check(int code, std::string_view what) {
    if (code != MOSQ_ERR_SUCCESS) {
        throw Error(fmt::format("{}: {}", what, describe(code)));
    }
}

} // namespace holdfast::mqtt
