#include "edge/mqtt/session.hpp"

#include "core/error.hpp"
#include "edge/mqtt/properties.hpp"

#include <fmt/format.h>
#include <mosquitto.h>
#include <openssl/ssl.h>

namespace holdfast::mqtt {

namespace {

constexpr std::size_t most_logged_bytes = 1000;

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

    static void on_log(mosquitto*, void* object, int level, const char* text) noexcept {
        auto& logged = session(object).logged_;
        if (level == MOSQ_LOG_ERR && logged.size() < most_logged_bytes) {
            logged += logged.empty() ? "" : "; ";
            logged += text;
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
    return failure_reason(endpoint_, stage_, describe(code), logged_);
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
    const auto* const tls = static_cast<const SSL*>(mosquitto_ssl_get(handle_.get()));
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
