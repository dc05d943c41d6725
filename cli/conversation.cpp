#include "cli/conversation.hpp"

#include <csignal>
#include <utility>

namespace holdfast::cli {

using boost::system::error_code;

Conversation::Conversation(const mqtt::Endpoint& endpoint, mqtt::Handlers handlers)
    : client_(loop_, library_, endpoint, mqtt::Acknowledge::at_once, std::move(handlers),
              Log::silent())
    , timer_(loop_)
    , signals_(loop_) {}

void Conversation::after(std::chrono::milliseconds wait, std::function<void()> then) {
    timer_.expires_after(wait);
    timer_.async_wait([then = std::move(then)](const error_code& cancelled) {
        if (!cancelled) {
            then();
        }
    });
}

void Conversation::on_signal(std::function<void()> then) {
    at_signal_ = std::move(then);
    signals_.add(SIGINT);
    signals_.add(SIGTERM);
    await_signal();
}

void Conversation::await_signal() {
    signals_.async_wait([this](const error_code& cancelled, int) {
        if (!cancelled) {
            at_signal_();
            await_signal();
        }
    });
}

void Conversation::run() {
    client_.start();
    loop_.run();
    client_.stop();
}

} // namespace holdfast::cli
