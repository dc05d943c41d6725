#pragma once

#include "edge/mqtt/client.hpp"
#include "edge/mqtt/library.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>

namespace holdfast::cli {

/// A command's connection to a broker and the loop it lives in, until the command has what it
/// wants, a time has passed or a signal came. Everything is called from inside run().
class Conversation {
public:
    /// Throws Error for an endpoint that can never work.
    Conversation(const mqtt::Endpoint& endpoint, mqtt::Handlers handlers);

    mqtt::Client& client() noexcept { return client_; }

    /// Calls `then` once. What was to be called before is not.
    void after(std::chrono::milliseconds wait, std::function<void()> then);
    /// Calls `then` at each SIGINT and SIGTERM, which no more end the program.
    void on_signal(std::function<void()> then);

    /// Connects, and goes on until end(); then says goodbye.
    void run();
    void end() { loop_.stop(); }

private:
    void await_signal();

    boost::asio::io_context loop_;
    mqtt::Library library_;
    mqtt::Client client_;
    boost::asio::steady_timer timer_;
    boost::asio::signal_set signals_;
    std::function<void()> at_signal_;
};

} // namespace holdfast::cli
