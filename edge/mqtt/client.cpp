#include "edge/mqtt/client.hpp"

#include "core/error.hpp"
#include "core/topic.hpp"
#include "edge/mqtt/connection.hpp"
#include "edge/mqtt/reasons.hpp"
#include "edge/mqtt/session.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace holdfast::mqtt {

namespace {

namespace asio = boost::asio;

Endpoint checked(Endpoint endpoint) {
    if (endpoint.keepalive < std::chrono::seconds(5)) {
        throw Error(fmt::format("keepalive is {} s: MQTT clients here need at least 5 s",
                                endpoint.keepalive.count()));
    }
    if (!endpoint.clean_session && endpoint.client_id.empty()) {
        throw Error("a kept MQTT session needs a client id");
    }
    return endpoint;
}

} // namespace

class Client::Impl final : public Connection::Owner {
public:
    Impl(asio::io_context& context, Endpoint endpoint, Acknowledge acknowledge, Handlers handlers,
         Log log)
        : acknowledge_(acknowledge)
        , handlers_(std::move(handlers))
        , log_(std::move(log))
        , connection_(std::make_shared<Connection>(context, checked(std::move(endpoint)), *this)) {}
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;
    ~Impl() { connection_->abandon(); }

    void start() { connection_->start(); }
    void stop();
    bool connected() const noexcept { return connection_->accepted(); }
    void subscribe(const std::string& filter, int qos);
    void unsubscribe(const std::string& filter);
    std::optional<PublishId> publish(const std::string& topic, const std::string& payload, int qos,
                                     bool retain, const std::string& correlation);
    void hold() noexcept { held_ = true; }
    void acknowledge();
    std::size_t unacknowledged() const noexcept { return unacknowledged_; }

private:
    bool may_read() const noexcept override { return !held_; }
    bool may_write() const noexcept override {
        return acknowledge_ == Acknowledge::at_once || unacknowledged_ == 0;
    }
    void take_arrived(Session& session) override;
    void session_ended() noexcept override;
    void disconnected(const std::string& reason) override;

    void take_connack(Session& session);
    void take_granted(Session& session);
    void take_unsubscribed(Session& session);
    void take_published(Session& session);
    void take_deliveries(Session& session);
    void send_subscription(const std::string& filter, int qos);
    PublishId publish_id(int mid) const noexcept;

    const Acknowledge acknowledge_;
    const Handlers handlers_;
    const Log log_;
    const std::shared_ptr<Connection> connection_;

    bool held_ = false;
    std::size_t unacknowledged_ = 0;
    std::map<std::string, int> subscriptions_;
    std::map<int, std::string> asked_;   // SUBSCRIBE packets without an answer yet
    std::map<int, std::string> leaving_; // UNSUBSCRIBE packets without an answer yet
};

void Client::Impl::stop() {
    if (connected() && may_write()) {
        connection_->send_disconnect();
    }
    connection_->abandon();
    held_ = false;
}

void Client::Impl::session_ended() noexcept {
    unacknowledged_ = 0;
    asked_.clear();
    leaving_.clear();
}

void Client::Impl::disconnected(const std::string& reason) {
    log_.warning("mqtt disconnected",
                 {{"client", connection_->endpoint().client_id}, {"reason", reason}});
    if (handlers_.disconnected) {
        handlers_.disconnected(reason);
    }
}

void Client::Impl::take_arrived(Session& session) {
    unacknowledged_ += std::exchange(session.to_acknowledge, 0);
    if (session.connack) {
        take_connack(session);
    }
    take_granted(session);
    take_unsubscribed(session);
    take_published(session);
    take_deliveries(session);
}

void Client::Impl::take_granted(Session& session) {
    for (const auto& granted : std::exchange(session.granted, {})) {
        const auto asked = asked_.extract(granted.mid);
        if (asked.empty()) {
            continue;
        }
        if (granted.qos < 0x80) {
            if (handlers_.subscribed) {
                handlers_.subscribed(asked.mapped());
            }
        } else {
            log_.warning(
                "mqtt subscription refused",
                {{"client", connection_->endpoint().client_id}, {"filter", asked.mapped()}});
            if (handlers_.subscription_refused) {
                handlers_.subscription_refused(asked.mapped());
            }
        }
    }
}

void Client::Impl::take_unsubscribed(Session& session) {
    for (const int mid : std::exchange(session.unsubscribed, {})) {
        const auto left = leaving_.extract(mid);
        if (!left.empty() && handlers_.unsubscribed) {
            handlers_.unsubscribed(left.mapped());
        }
    }
}

void Client::Impl::take_published(Session& session) {
    for (const int mid : std::exchange(session.published, {})) {
        if (handlers_.published) {
            handlers_.published(publish_id(mid));
        }
    }
}

void Client::Impl::take_connack(Session& session) {
    const auto connack = *std::exchange(session.connack, std::nullopt);
    if (connack.code != 0) {
        if (handlers_.refused) {
            handlers_.refused(connack.code);
        }
        connection_->lose(refusal_reason(connection_->endpoint(), connack.code));
        return;
    }
    connection_->accept();
    log_.info("mqtt connected", {{"client", connection_->endpoint().client_id},
                                 {"session_present", connack.session_present}});
    for (const auto& [filter, qos] : subscriptions_) {
        send_subscription(filter, qos);
    }
    if (handlers_.connected) {
        handlers_.connected(connack.session_present);
    }
}

void Client::Impl::take_deliveries(Session& session) {
    auto& deliveries = session.deliveries;
    while (!deliveries.empty() && !held_ && connection_->session() == &session) {
        const auto delivery = std::move(deliveries.front());
        deliveries.pop_front();
        if (handlers_.message) {
            handlers_.message(delivery);
        }
    }
}

void Client::Impl::acknowledge() {
    held_ = false;
    const auto* const session = connection_->session();
    if (session == nullptr) {
        return;
    }
    // What was read but not handed over yet is not the owner's to acknowledge. Its PUBACKs stand in
    // the same queue, so all wait for the next call then.
    unacknowledged_ = 0;
    for (const auto& delivery : session->deliveries) {
        unacknowledged_ += delivery.qos > 0 ? 1 : 0;
    }
    connection_->resume();
}

void Client::Impl::subscribe(const std::string& filter, int qos) {
    const TopicFilter valid(filter);
    if (acknowledge_ == Acknowledge::when_told && qos > 1) {
        throw Error(
            fmt::format("'{}' at QoS 2 cannot be acknowledged after a commit: use QoS 1", filter));
    }
    subscriptions_[filter] = qos;
    if (connected()) {
        send_subscription(filter, qos);
        connection_->await_next();
    }
}

void Client::Impl::unsubscribe(const std::string& filter) {
    subscriptions_.erase(filter);
    if (connected()) {
        leaving_[connection_->session()->unsubscribe(filter)] = filter;
        connection_->await_next();
    }
}

void Client::Impl::send_subscription(const std::string& filter, int qos) {
    asked_[connection_->session()->subscribe(filter, qos)] = filter;
}

std::optional<PublishId> Client::Impl::publish(const std::string& topic, const std::string& payload,
                                               int qos, bool retain,
                                               const std::string& correlation) {
    if (!connected()) {
        return std::nullopt;
    }
    const auto mid = connection_->session()->publish(topic, payload, qos, retain, correlation);
    connection_->await_next();
    return publish_id(mid);
}

PublishId Client::Impl::publish_id(int mid) const noexcept {
    // Message ids have 16 bits and begin again with each session.
    return connection_->sessions() << 16 | static_cast<PublishId>(mid);
}

Client::Client(asio::io_context& context, const Library&, Endpoint endpoint,
               Acknowledge acknowledge, Handlers handlers, Log log)
    : impl_(std::make_unique<Impl>(context, std::move(endpoint), acknowledge, std::move(handlers),
                                   std::move(log))) {}

Client::~Client() = default;

void Client::start() {
    impl_->start();
}

void Client::stop() {
    impl_->stop();
}

bool Client::connected() const noexcept {
    return impl_->connected();
}

void Client::subscribe(const std::string& filter, int qos) {
    impl_->subscribe(filter, qos);
}

void Client::unsubscribe(const std::string& filter) {
    impl_->unsubscribe(filter);
}

std::optional<PublishId> Client::publish(const std::string& topic, const std::string& payload,
                                         int qos, bool retain, const std::string& correlation) {
    return impl_->publish(topic, payload, qos, retain, correlation);
}

void Client::hold() {
    impl_->hold();
}

void Client::acknowledge() {
    impl_->acknowledge();
}

std::size_t Client::unacknowledged() const noexcept {
    return impl_->unacknowledged();
}

} // namespace holdfast::mqtt
