#pragma once

#include "edge/mqtt/backoff.hpp"
#include "edge/mqtt/endpoint.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>

namespace holdfast::mqtt {

class Session;

/// Keeps a client connected: one Session at a time, driven by the event loop, and another after
/// Backoff when it ends. What the packets mean is its owner's business.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    /// What it throws leaves io_context::run().
    class Owner {
    public:
        /// Asked each time there is something to read or to write.
        virtual bool may_read() const noexcept = 0;
        virtual bool may_write() const noexcept = 0;

        /// The session may have brought something; the owner takes it, and may accept() or lose().
        virtual void take_arrived(Session& session) = 0;
        /// Nothing comes of this session any more.
        virtual void session_ended() noexcept = 0;
        /// Once for each reason why there is no connection, since there was one.
        virtual void disconnected(const std::string& reason) = 0;

    protected:
        ~Owner() = default;
    };

    /// The owner must abandon() the connection before it goes.
    Connection(boost::asio::io_context& context, Endpoint endpoint, Owner& owner);

    const Endpoint& endpoint() const noexcept { return endpoint_; }

    /// Connects soon, from the event loop.
    void start();
    /// Ends at once, as a crash would, and stays so until start().
    void abandon();

    /// How many sessions were begun, reached the broker or not.
    std::uint64_t sessions() const noexcept { return sessions_; }
    /// The present one, also before the broker has accepted it; null where there is none.
    Session* session() const noexcept;
    bool accepted() const noexcept;

    // Only while there is a session:

    /// The broker has accepted it.
    void accept() noexcept;
    /// Ends it for this reason, and connects again later.
    void lose(const std::string& reason);
    /// To be called after queuing something in it.
    void await_next();
    /// Writes at once what the owner held back, and soon goes on with reading.
    void resume();
    /// Sends what is queued and a DISCONNECT, and waits until the broker has read it all, for at
    /// most a second together.
    void send_disconnect();

private:
    struct Link;
    using LinkPointer = std::shared_ptr<Link>;
    using Work = std::optional<std::string> (Session::*)();

    void connect();
    void connect_later();
    void report(const std::string& reason);

    void await_tick(const LinkPointer& link);
    void await_input(const LinkPointer& link);
    void await_output(const LinkPointer& link);
    void await_next(const LinkPointer& link);
    void work(const LinkPointer& link, Work step);

    boost::asio::io_context& context_;
    const Endpoint endpoint_;
    Owner& owner_;
    boost::asio::steady_timer retry_;
    boost::asio::steady_timer tick_;
    Backoff backoff_;
    std::minstd_rand random_{std::random_device{}()};

    LinkPointer link_;
    bool started_ = false;
    std::uint64_t sessions_ = 0;
    std::set<std::string> reported_; // why there was no connection since the last one
};

} // namespace holdfast::mqtt
