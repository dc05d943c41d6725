#include "support/mqtt_client.hpp"

#include "core/error.hpp"
#include "edge/mqtt/libmosquitto.hpp"
#include "edge/mqtt/properties.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>

namespace holdfast::test {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto usual_limit = std::chrono::seconds(30);

void check(int code, const std::string& what) {
    if (code == MOSQ_ERR_ERRNO) {
        throw_errno(what);
    }
    if (code != MOSQ_ERR_SUCCESS) {
        throw Error(fmt::format("{}: {}", what, mosquitto_strerror(code)));
    }
}

const char* text_or_null(const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
}

} // namespace

struct MqttClient::Callbacks {
    static MqttClient& client(void* object) { return *static_cast<MqttClient*>(object); }

    static void on_connect(mosquitto*, void* object, int code, int flags,
                           const mosquitto_property*) {
        client(object).connack_ = code;
        client(object).connected_ = code == 0;
        client(object).session_present_ = (flags & 1) != 0;
    }

    static void on_disconnect(mosquitto*, void* object, int code, const mosquitto_property*) {
        client(object).connected_ = false;
        client(object).end_reason_ = code;
    }

    static void on_publish(mosquitto*, void* object, int mid, int code, const mosquitto_property*) {
        client(object).acks_[mid] = code;
    }

    static void on_subscribe(mosquitto*, void* object, int mid, int count, const int* granted) {
        client(object).acks_[mid] = count > 0 ? granted[0] : 0x80;
    }

    static void on_unsubscribe(mosquitto*, void* object, int mid) { client(object).acks_[mid] = 0; }

    static void on_message(mosquitto*, void* object, const mosquitto_message* message,
                           const mosquitto_property* properties) {
        client(object).inbox_.push_back({message->topic,
                                         std::string(static_cast<const char*>(message->payload),
                                                     static_cast<std::size_t>(message->payloadlen)),
                                         message->qos, message->retain,
                                         mqtt::response_topic(properties),
                                         mqtt::correlation(properties)});
    }
};

void MqttClient::Free::operator()(mosquitto* handle) const noexcept {
    mosquitto_destroy(handle);
}

MqttClient::MqttClient(std::uint16_t port)
    : MqttClient(port, Options{}) {}

MqttClient::MqttClient(std::uint16_t port, Options options)
    : port_(port)
    , options_(std::move(options)) {
    std::signal(SIGPIPE, SIG_IGN); // which OpenSSL raises where the broker has gone
    mosquitto_lib_init();          // counts its callers
    handle_.reset(mosquitto_new(text_or_null(options_.client_id), options_.clean_session, this));
    if (!handle_) {
        throw_errno("mosquitto_new");
    }
    set_up();
}

MqttClient::~MqttClient() {
    handle_.reset();
    mosquitto_lib_cleanup();
}

void MqttClient::set_up() {
    auto* const handle = handle_.get();
    mosquitto_connect_v5_callback_set(handle, Callbacks::on_connect);
    mosquitto_disconnect_v5_callback_set(handle, Callbacks::on_disconnect);
    mosquitto_publish_v5_callback_set(handle, Callbacks::on_publish);
    mosquitto_subscribe_callback_set(handle, Callbacks::on_subscribe);
    mosquitto_unsubscribe_callback_set(handle, Callbacks::on_unsubscribe);
    mosquitto_message_v5_callback_set(handle, Callbacks::on_message);
    check(
        mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, static_cast<int>(options_.version)),
        "protocol version");
    // Else a packet behind an unanswered one waits 40 ms for the broker's delayed acknowledgement.
    check(mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1), "TCP_NODELAY");
    if (!options_.username.empty()) {
        check(
            mosquitto_username_pw_set(handle, options_.username.c_str(), options_.password.c_str()),
            "user name");
    }
    if (options_.will) {
        const auto& will = *options_.will;
        check(mosquitto_will_set(handle, will.topic.c_str(), static_cast<int>(will.payload.size()),
                                 will.payload.data(), will.qos, will.retain),
              "will");
    }
    if (!options_.ca_file.empty()) {
        check(mosquitto_tls_set(handle, options_.ca_file.c_str(), nullptr,
                                text_or_null(options_.certificate_file.native()),
                                text_or_null(options_.key_file.native()), nullptr),
              options_.ca_file.string());
    }
}

template <typename Predicate>
bool MqttClient::pump_until(Predicate done, std::chrono::milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    while (!done()) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) {
            return false;
        }
        const int code = mosquitto_loop(handle_.get(), static_cast<int>(left.count()), 1);
        if (code != MOSQ_ERR_SUCCESS) {
            connected_ = false;
            end_reason_ = end_reason_ != 0 ? end_reason_ : code;
            return done();
        }
    }
    return true;
}

int MqttClient::connect() {
    connack_.reset();
    connected_ = false;
    end_reason_ = 0;
    const auto where = fmt::format("connecting to {}:{}", options_.host, port_);
    check(mosquitto_connect(handle_.get(), options_.host.c_str(), port_,
                            static_cast<int>(options_.keepalive.count())),
          where);
    if (!pump_until([&] { return connack_.has_value(); }, usual_limit)) {
        throw Error(fmt::format("{}: no CONNACK: {}", where, mosquitto_strerror(end_reason_)));
    }
    return *connack_;
}

int MqttClient::await_ack(int mid, const std::string& what) {
    if (!pump_until([&] { return acks_.contains(mid); }, usual_limit)) {
        throw Error(fmt::format("{}: no acknowledgement: {}", what,
                                connected_ ? "deadline" : mosquitto_strerror(end_reason_)));
    }
    return acks_.extract(mid).mapped();
}

int MqttClient::subscribe(const std::string& filter, int qos) {
    int mid = 0;
    check(mosquitto_subscribe(handle_.get(), &mid, filter.c_str(), qos), filter);
    return await_ack(mid, filter);
}

void MqttClient::unsubscribe(const std::string& filter) {
    int mid = 0;
    check(mosquitto_unsubscribe(handle_.get(), &mid, filter.c_str()), filter);
    await_ack(mid, filter);
}

int MqttClient::publish(const std::string& topic, const std::string& payload, int qos,
                        bool retain) {
    return publish(Message{topic, payload, qos, retain});
}

int MqttClient::publish(const Message& message) {
    auto properties = mqtt::with_correlation(message.correlation);
    if (!message.response_topic.empty()) {
        auto* list = properties.release();
        const int code = mosquitto_property_add_string(&list, MQTT_PROP_RESPONSE_TOPIC,
                                                       message.response_topic.c_str());
        properties.reset(list);
        check(code, message.topic);
    }
    int mid = 0;
    check(mosquitto_publish_v5(handle_.get(), &mid, message.topic.c_str(),
                               static_cast<int>(message.payload.size()), message.payload.data(),
                               message.qos, message.retain, properties.get()),
          message.topic);
    return await_ack(mid, message.topic);
}

std::optional<MqttClient::Message> MqttClient::receive(std::chrono::milliseconds limit) {
    if (!pump_until([&] { return !inbox_.empty(); }, limit)) {
        return std::nullopt;
    }
    auto message = std::move(inbox_.front());
    inbox_.pop_front();
    return message;
}

bool MqttClient::ends_within(std::chrono::milliseconds limit) {
    return !connected_ || pump_until([&] { return !connected_; }, limit);
}

void MqttClient::disconnect() {
    check(mosquitto_disconnect(handle_.get()), "disconnect");
    pump_until([&] { return !connected_; }, usual_limit);
}

void MqttClient::drop() {
    ::shutdown(mosquitto_socket(handle_.get()), SHUT_RDWR);
    connected_ = false;
}

} // namespace holdfast::test
