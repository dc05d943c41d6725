#include "edge/mqtt/connection.hpp"

#include "core/error.hpp"
#include "edge/mqtt/session.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <utility>

namespace holdfast::mqtt {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr auto tick_period = std::chrono::seconds(1);
constexpr auto connect_limit = std::chrono::seconds(10);
constexpr std::size_t most_reported = 20;
constexpr auto flush_limit = std::chrono::milliseconds(1000);

bool wait_for(int socket, short event, Clock::time_point deadline) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waiting{socket, event, 0};
    return left.count() > 0 && ::poll(&waiting, 1, static_cast<int>(left.count())) > 0;
}

} // namespace

// A session and its place in the event loop. Handlers of the loop hold a pointer to it and do
// nothing once it is no longer the connection's.
struct Connection::Link {
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

Connection::Connection(asio::io_context& context, Endpoint endpoint, Owner& owner)
    : context_(context)
    , endpoint_(std::move(endpoint))
    , owner_(owner)
    , retry_(context)
    , tick_(context) {}

void Connection::start() {
    if (!started_) {
        started_ = true;
        asio::post(context_, [self = shared_from_this()] { self->connect(); });
    }
}

void Connection::abandon() {
    started_ = false;
    retry_.cancel();
    tick_.cancel();
    if (const auto link = std::exchange(link_, nullptr)) {
        link->socket.close();
        owner_.session_ended();
    }
    reported_.clear();
    backoff_.reset();
}

Session* Connection::session() const noexcept {
    return link_ ? &link_->session : nullptr;
}

bool Connection::accepted() const noexcept {
    return link_ && link_->accepted;
}

void Connection::accept() noexcept {
    link_->accepted = true;
    reported_.clear();
}

void Connection::connect() {
    if (!started_ || link_) {
        return;
    }
    ++sessions_;
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

void Connection::connect_later() {
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

void Connection::lose(const std::string& reason) {
    const auto link = std::exchange(link_, nullptr);
    link->socket.close();
    tick_.cancel();
    owner_.session_ended();
    // A broker that accepts us and throws us out at once is not worth ten attempts a second.
    if (link->accepted && Clock::now() - link->began >= Backoff::longest) {
        backoff_.reset();
    }
    report(reason);
    connect_later();
}

void Connection::report(const std::string& reason) {
    if (reported_.size() >= most_reported || !reported_.insert(reason).second) {
        return;
    }
    owner_.disconnected(reason);
}

void Connection::await_tick(const LinkPointer& link) {
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

void Connection::await_next() {
    await_next(link_);
}

void Connection::await_next(const LinkPointer& link) {
    if (link != link_) {
        return;
    }
    if (owner_.may_read()) {
        await_input(link);
    }
    if (owner_.may_write() && link->session.wants_write()) {
        await_output(link);
    }
}

void Connection::await_input(const LinkPointer& link) {
    if (std::exchange(link->awaiting_input, true)) {
        return;
    }
    const auto ready = [self = shared_from_this(), link](error_code error) {
        link->awaiting_input = false;
        if (!error && link == self->link_ && self->owner_.may_read()) {
            self->work(link, &Session::read);
        }
    };
    if (link->session.has_buffered_input()) {
        asio::post(context_, [ready] { ready({}); });
    } else {
        link->socket.async_wait(asio::posix::stream_descriptor::wait_read, ready);
    }
}

void Connection::await_output(const LinkPointer& link) {
    if (std::exchange(link->awaiting_output, true)) {
        return;
    }
    link->socket.async_wait(asio::posix::stream_descriptor::wait_write,
                            [self = shared_from_this(), link](error_code error) {
                                link->awaiting_output = false;
                                // A delivery may have come while we waited.
                                if (!error && link == self->link_ && self->owner_.may_write()) {
                                    self->work(link, &Session::write);
                                }
                            });
}

void Connection::work(const LinkPointer& link, Work step) {
    const auto end = (link->session.*step)();
    owner_.take_arrived(link->session);
    if (end && link == link_) {
        lose(*end);
        return;
    }
    await_next(link);
}

void Connection::resume() {
    asio::post(context_, [self = shared_from_this(), link = link_] {
        if (link == self->link_) {
            self->owner_.take_arrived(link->session);
            self->await_next(link);
        }
    });
    if (owner_.may_write() && link_->session.wants_write()) {
        if (const auto end = link_->session.write()) {
            asio::post(context_, [self = shared_from_this(), link = link_, reason = *end] {
                if (link == self->link_) {
                    self->lose(reason);
                }
            });
        }
    }
}

// The broker closes when it has read our DISCONNECT and so all before it. Not waiting for that, the
// next connection of this client id would take the session over while acknowledgements stand
// unread.
void Connection::send_disconnect() {
    auto& session = link_->session;
    session.disconnect();
    const auto deadline = Clock::now() + flush_limit;
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

} // namespace holdfast::mqtt
