#include "edge/mqtt/session.hpp"

#include "certs/tcp_connection.hpp"
#include "core/error.hpp"
#include "edge/mqtt/properties.hpp"

#include <fmt/format.h>
#include <mosquitto.h>
#include <openssl/ssl.h>

#include <cerrno>
#include <chrono>
#include <cstring>

namespace holdfast::mqtt {

namespace {

constexpr std::size_t most_logged_bytes = 1000;
constexpr auto second_look_limit = std::chrono::seconds(1);

const SSL* tls_of(mosquitto* handle) noexcept {
    return static_cast<const SSL*>(mosquitto_ssl_get(handle));
}

// libmosquitto 2.1 asks the socket that it has just closed for its peer's name, so that errno tells
// of that instead of the failed connect: then only another look tells what is the matter.
std::string why_unreachable(const Endpoint& endpoint) {
    using certs::TcpFault;
    const certs::TcpConnection second_look(endpoint.host, endpoint.port,
                                           std::chrono::steady_clock::now() + second_look_limit);
    switch (second_look.fault()) {
    case TcpFault::none:
        return "it was not there a moment ago";
    case TcpFault::refused:
        return std::strerror(ECONNREFUSED);
    case TcpFault::timed_out:
        return std::strerror(ETIMEDOUT);
    default:
        return std::strerror(EHOSTUNREACH);
    }
}

} // namespace

// noexcept: an exception (only want of memory can be one) must not unwind through the C library.
struct Session::Callbacks {
    static Session& session(void* object) noexcept { return *static_cast<Session*>(object); }

    static void on_connect(mosquitto*, void* object, int code, int flags) noexcept {
        constexpr int session_present = 1;
        session(object).stage_ = code == 0 ? Stage::accepted : Stage::greeting;
        session(object).connack = Connack{code, (flags & session_present) != 0};
    }

    static void on_message(mosquitto*, void* object, const mosquitto_message* message,
                           const mosquitto_property* properties) noexcept {
        auto& self = session(object);
        self.to_acknowledge += message->qos > 0 ? 1 : 0;
        self.deliveries.push_back({message->topic,
                                   std::string(static_cast<const char*>(message->payload),
                                               static_cast<std::size_t>(message->payloadlen)),
                                   message->qos, message->retain, response_topic(properties),
                                   correlation(properties)});
    }

    static void on_publish(mosquitto*, void* object, int mid) noexcept {
        session(object).published.push_back(mid);
    }

    static void on_subscribe(mosquitto*, void* object, int mid, int count,
                             const int* qos) noexcept {
        session(object).granted.push_back({mid, count > 0 ? qos[0] : 0x80});
    }

    static void on_unsubscribe(mosquitto*, void* object, int mid) noexcept {
        session(object).unsubscribed.push_back(mid);
    }

    // Of a failed handshake libmosquitto keeps nothing: only while it logs the TLS session is
    // there.
    static void on_log(mosquitto* handle, void* object, int level, const char* text) noexcept {
        auto& self = session(object);
        if (level != MOSQ_LOG_ERR) {
            return;
        }
        if (const auto* const tls = tls_of(handle)) {
            self.verify_result_ = SSL_get_verify_result(tls);
        }
        if (self.logged_.size() < most_logged_bytes) {
            self.logged_ += self.logged_.empty() ? "" : "; ";
            self.logged_ += text;
        }
    }
};

Session::Session(const Endpoint& endpoint)
    : endpoint_(endpoint)
    , handle_(make_handle(endpoint, this)) {
    auto* const handle = handle_.get();
    mosquitto_connect_with_flags_callback_set(handle, Callbacks::on_connect);
    mosquitto_message_v5_callback_set(handle, Callbacks::on_message);
    mosquitto_publish_callback_set(handle, Callbacks::on_publish);
    mosquitto_subscribe_callback_set(handle, Callbacks::on_subscribe);
    mosquitto_unsubscribe_callback_set(handle, Callbacks::on_unsubscribe);
    mosquitto_log_callback_set(handle, Callbacks::on_log);
    const auto reason = ended(mosquitto_connect(handle, endpoint_.host.c_str(), endpoint_.port,
                                                static_cast<int>(endpoint_.keepalive.count())));
    if (reason) {
        throw Error(*reason);
    }
    stage_ = Stage::greeting;
}

std::optional<std::string> Session::ended(int code) {
    if (code == MOSQ_ERR_SUCCESS) {
        return std::nullopt;
    }
    const bool errno_is_lost =
        stage_ == Stage::reaching && code == MOSQ_ERR_ERRNO && errno == EBADF;
    return failure_reason(endpoint_,
                          {stage_, errno_is_lost ? why_unreachable(endpoint_) : describe(code),
                           logged_, verify_result_});
}

int Session::socket() const noexcept {
    return mosquitto_socket(handle_.get());
}

std::optional<std::string> Session::read() {
    return ended(mosquitto_loop_read(handle_.get(), 1));
}

std::optional<std::string> Session::write() {
    return ended(mosquitto_loop_write(handle_.get(), 1));
}

std::optional<std::string> Session::tick() {
    return ended(mosquitto_loop_misc(handle_.get()));
}

bool Session::wants_write() const noexcept {
    return mosquitto_want_write(handle_.get());
}

bool Session::has_buffered_input() const noexcept {
    const auto* const tls = tls_of(handle_.get());
    return tls != nullptr && SSL_pending(tls) > 0;
}

int Session::subscribe(const std::string& filter, int qos) {
    int mid = 0;
    check(mosquitto_subscribe(handle_.get(), &mid, filter.c_str(), qos),
          fmt::format("cannot subscribe to '{}'", filter));
    return mid;
}

int Session::unsubscribe(const std::string& filter) {
    int mid = 0;
    check(mosquitto_unsubscribe(handle_.get(), &mid, filter.c_str()),
          fmt::format("cannot unsubscribe from '{}'", filter));
    return mid;
}

int Session::publish(const std::string& topic, const std::string& payload, int qos, bool retain,
                     const std::string& correlation) {
    int mid = 0;
    const auto properties =
        endpoint_.version == Version::v5 ? with_correlation(correlation) : Properties();
    check(mosquitto_publish_v5(handle_.get(), &mid, topic.c_str(), static_cast<int>(payload.size()),
                               payload.data(), qos, retain, properties.get()),
          fmt::format("cannot publish to '{}'", topic));
    return mid;
}

void Session::disconnect() {
    check(mosquitto_disconnect(handle_.get()), "cannot disconnect");
}

} // namespace holdfast::mqtt
