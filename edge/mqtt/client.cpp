#include "edge/mqtt/client.hpp"

#include "core/error.hpp"
#include "core/topic.hpp"
#include "core/unique_fd.hpp"
#include "edge/mqtt/backoff.hpp"
#include "edge/mqtt/reasons.hpp"
#include "edge/mqtt/session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <map>
#include <random>
#include <set>

namespace holdfast::mqtt {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr auto tick_period = std::chrono::seconds(1);
constexpr auto connect_limit = std::chrono::seconds(10);
constexpr std::size_t most_reported = 20;
constexpr auto flush_limit = std::chrono::milliseconds(1000);

void check_endpoint(const Endpoint& endpoint) {
    if (endpoint.keepalive < std::chrono::seconds(5)) {
        throw Error(fmt::format("keepalive is {} s: MQTT clients here need at least 5 s",
                                endpoint.keepalive.count()));
    }
    if (!endpoint.clean_session && endpoint.client_id.empty()) {
        throw Error("a kept MQTT session needs a client id");
    }
}

bool wait_for(int socket, short event, Clock::time_point deadline) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waiting{socket, event, 0};
    return left.count() > 0 && ::poll(&waiting, 1, static_cast<int>(left.count())) > 0;
}

// A session and its place in the event loop. Handlers of the loop hold a pointer to it and do
// nothing once it is no longer the client's.
struct Link {
    Link(asio::io_context& context, const Endpoint& endpoint)
        : session(endpoint)
        // A duplicate, because libmosquitto closes its own whenever it likes, and the loop must not
        // watch a number that may name something else by then.
        , socket(context, ::fcntl(session.socket(), F_DUPFD_CLOEXEC, 0)) {}

    Session session;
    asio::posix::stream_descriptor socket;
    Clock::time_point began = Clock::now();
    bool accepted = false;
    bool awaiting_input = false;
    bool awaiting_output = false;
};
using LinkPointer = std::shared_ptr<Link>;

} // namespace

class Client::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(asio::io_context& context, Endpoint endpoint, Acknowledge acknowledge, Handlers handlers,
         Log log)
        : context_(context)
        , endpoint_(std::move(endpoint))
        , acknowledge_(acknowledge)
        , handlers_(std::move(handlers))
        , log_(std::move(log))
        , retry_(context)
        , tick_(context) {
        check_endpoint(endpoint_);
    }

    void start();
    void stop();
    void abandon();
    bool connected() const noexcept { return link_ && link_->accepted; }
    void subscribe(const std::string& filter, int qos);
    std::optional<PublishId> publish(const std::string& topic, const std::string& payload, int qos,
                                     bool retain);
    void hold() noexcept { held_ = true; }
    void acknowledge();
    std::size_t unacknowledged() const noexcept { return unacknowledged_; }

private:
    using Work = std::optional<std::string> (Session::*)();

    void connect();
    void connect_later();
    void lose(const std::string& reason);
    void report(const std::string& reason);

    void await_tick(const LinkPointer& link);
    void await_input(const LinkPointer& link);
    void await_output(const LinkPointer& link);
    void await_next(const LinkPointer& link);

    void work(const LinkPointer& link, Work step);
    void dispatch(const LinkPointer& link);
    void take_connack(const LinkPointer& link);
    void take_deliveries(const LinkPointer& link);
    void send_subscription(const std::string& filter, int qos);

    bool may_write() const noexcept {
        return acknowledge_ == Acknowledge::at_once || unacknowledged_ == 0;
    }
    void flush();

    asio::io_context& context_;
    const Endpoint endpoint_;
    const Acknowledge acknowledge_;
    const Handlers handlers_;
    const Log log_;
    asio::steady_timer retry_;
    asio::steady_timer tick_;
    Backoff backoff_;
    std::minstd_rand random_{std::random_device{}()};

    LinkPointer link_;
    bool started_ = false;
    bool held_ = false;
    std::size_t unacknowledged_ = 0;
    std::set<std::string> reported_; // why there was no connection since the last one
    PublishId generation_ = 0;       // of the connection: message ids begin again with each
    std::map<std::string, int> subscriptions_;
    std::map<int, std::string> asked_; // SUBSCRIBE packets without an answer yet
};

void Client::Impl::start() {
    if (!started_) {
        started_ = true;
        asio::post(context_, [self = shared_from_this()] { self->connect(); });
    }
}

void Client::Impl::connect() {
    if (!started_ || link_) {
        return;
    }
    unacknowledged_ = 0;
    ++generation_;
    try {
        const auto link = std::make_shared<Link>(context_, endpoint_);
        link_ = link;
        await_tick(link);
        await_next(link);
    } catch (const Error& error) {
        report(error.what());
        connect_later();
    }
}

void Client::Impl::connect_later() {
    if (!started_) {
        return; // a handler stopped us
    }
    std::uniform_real_distribution<> chance;
    retry_.expires_after(backoff_.next(chance(random_)));
    retry_.async_wait([self = shared_from_this()](error_code error) {
        if (!error) {
            self->connect();
        }
    });
}

void Client::Impl::lose(const std::string& reason) {
    const auto link = std::exchange(link_, nullptr);
    link->socket.close();
    tick_.cancel();
    unacknowledged_ = 0;
    asked_.clear();
    // A broker that accepts us and throws us out at once is not worth ten attempts a second.
    if (link->accepted && Clock::now() - link->began >= Backoff::longest) {
        backoff_.reset();
    }
    report(reason);
    connect_later();
}

void Client::Impl::report(const std::string& reason) {
    if (reported_.size() >= most_reported || !reported_.insert(reason).second) {
        return;
    }
    log_.warning("mqtt disconnected", {{"client", endpoint_.client_id}, {"reason", reason}});
    if (handlers_.disconnected) {
        handlers_.disconnected(reason);
    }
}

void Client::Impl::await_tick(const LinkPointer& link) {
    tick_.expires_after(tick_period);
    tick_.async_wait([self = shared_from_this(), link](error_code error) {
        if (error || link != self->link_) {
            return;
        }
        if (!link->accepted && Clock::now() - link->began > connect_limit) {
            self->lose(fmt::format("the broker at {}:{} does not answer a connect within {} s",
                                   self->endpoint_.host, self->endpoint_.port,
                                   connect_limit.count()));
            return;
        }
        self->await_tick(link);
        self->work(link, &Session::tick);
    });
}

void Client::Impl::await_next(const LinkPointer& link) {
    if (link != link_) {
        return;
    }
    if (!held_) {
        await_input(link);
    }
    if (may_write() && link->session.wants_write()) {
        await_output(link);
    }
}

void Client::Impl::await_input(const LinkPointer& link) {
    if (std::exchange(link->awaiting_input, true)) {
        return;
    }
    const auto ready = [self = shared_from_this(), link](error_code error) {
        link->awaiting_input = false;
        if (!error && link == self->link_ && !self->held_) {
            self->work(link, &Session::read);
        }
    };
    if (link->session.has_buffered_input()) {
        asio::post(context_, [ready] { ready({}); });
    } else {
        link->socket.async_wait(asio::posix::stream_descriptor::wait_read, ready);
    }
}

void Client::Impl::await_output(const LinkPointer& link) {
    if (std::exchange(link->awaiting_output, true)) {
        return;
    }
    link->socket.async_wait(asio::posix::stream_descriptor::wait_write,
                            [self = shared_from_this(), link](error_code error) {
                                link->awaiting_output = false;
                                // A delivery may have come while we waited.
                                if (!error && link == self->link_ && self->may_write()) {
                                    self->work(link, &Session::write);
                                }
                            });
}

void Client::Impl::work(const LinkPointer& link, Work step) {
    const auto end = (link->session.*step)();
    unacknowledged_ += std::exchange(link->session.to_acknowledge, 0);
    dispatch(link);
    if (end && link == link_) {
        lose(*end);
        return;
    }
    await_next(link);
}

void Client::Impl::dispatch(const LinkPointer& link) {
    auto& session = link->session;
    if (session.connack) {
        take_connack(link);
    }
    for (const auto& granted : std::exchange(session.granted, {})) {
        const auto asked = asked_.extract(granted.mid);
        if (granted.qos >= 0x80 && !asked.empty()) {
            log_.warning("mqtt subscription refused",
                         {{"client", endpoint_.client_id}, {"filter", asked.mapped()}});
            if (handlers_.subscription_refused) {
                handlers_.subscription_refused(asked.mapped());
            }
        }
    }
    for (const int mid : std::exchange(session.published, {})) {
        if (handlers_.published) {
            handlers_.published(generation_ << 16 | static_cast<PublishId>(mid));
        }
    }
    take_deliveries(link);
}

void Client::Impl::take_connack(const LinkPointer& link) {
    const auto connack = *std::exchange(link->session.connack, std::nullopt);
    if (connack.code != 0) {
        lose(refusal_reason(endpoint_, connack.code));
        return;
    }
    link->accepted = true;
    reported_.clear();
    log_.info("mqtt connected",
              {{"client", endpoint_.client_id}, {"session_present", connack.session_present}});
    for (const auto& [filter, qos] : subscriptions_) {
        send_subscription(filter, qos);
    }
    if (handlers_.connected) {
        handlers_.connected(connack.session_present);
    }
}

void Client::Impl::take_deliveries(const LinkPointer& link) {
    auto& deliveries = link->session.deliveries;
    while (!deliveries.empty() && !held_ && link == link_) {
        const auto delivery = std::move(deliveries.front());
        deliveries.pop_front();
        if (handlers_.message) {
            handlers_.message(delivery);
        }
    }
}

void Client::Impl::acknowledge() {
    held_ = false;
    if (!link_) {
        return;
    }
    // What was read but not handed over yet is not the owner's to acknowledge. Its PUBACKs stand in
    // the same queue, so all wait for the next call then.
    unacknowledged_ = 0;
    for (const auto& delivery : link_->session.deliveries) {
        unacknowledged_ += delivery.qos > 0 ? 1 : 0;
    }
    asio::post(context_, [self = shared_from_this(), link = link_] {
        if (link == self->link_) {
            self->dispatch(link);
            self->await_next(link);
        }
    });
    if (may_write() && link_->session.wants_write()) {
        const auto link = link_;
        if (const auto end = link->session.write()) {
            asio::post(context_, [self = shared_from_this(), link, reason = *end] {
                if (link == self->link_) {
                    self->lose(reason);
                }
            });
        }
    }
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
        await_next(link_);
    }
}

void Client::Impl::send_subscription(const std::string& filter, int qos) {
    asked_[link_->session.subscribe(filter, qos)] = filter;
}

std::optional<PublishId> Client::Impl::publish(const std::string& topic, const std::string& payload,
                                               int qos, bool retain) {
    if (!connected()) {
        return std::nullopt;
    }
    const auto mid = link_->session.publish(topic, payload, qos, retain);
    await_next(link_);
    return generation_ << 16 | static_cast<PublishId>(mid);
}

// The broker closes when it has read our DISCONNECT and so all before it. Not waiting for that, the
// next connection of this client id would take the session over while acknowledgements stand
// unread.
void Client::Impl::flush() {
    const auto deadline = Clock::now() + flush_limit;
    auto& session = link_->session;
    const int socket = link_->socket.native_handle();
    while (session.wants_write() && session.socket() >= 0) {
        if (!wait_for(socket, POLLOUT, deadline) || session.write()) {
            return;
        }
    }
    ::shutdown(socket, SHUT_WR);
    std::array<char, 4096> unread{};
    while (wait_for(socket, POLLIN, deadline) &&
           ::recv(socket, unread.data(), unread.size(), MSG_DONTWAIT) > 0) {
    }
}

void Client::Impl::stop() {
    if (connected() && may_write()) {
        link_->session.disconnect();
        flush();
    }
    abandon();
}

void Client::Impl::abandon() {
    started_ = false;
    held_ = false;
    retry_.cancel();
    tick_.cancel();
    if (const auto link = std::exchange(link_, nullptr)) {
        link->socket.close();
    }
    unacknowledged_ = 0;
    asked_.clear();
    reported_.clear();
    backoff_.reset();
}

Client::Client(asio::io_context& context, const Library&, Endpoint endpoint,
               Acknowledge acknowledge, Handlers handlers, Log log)
    : impl_(std::make_shared<Impl>(context, std::move(endpoint), acknowledge, std::move(handlers),
                                   std::move(log))) {}

Client::~Client() {
    impl_->abandon();
}

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

std::optional<PublishId> Client::publish(const std::string& topic, const std::string& payload,
                                         int qos, bool retain) {
    return impl_->publish(topic, payload, qos, retain);
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
