#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace holdfast::sensors {

/// Calls a function on the loop: soon after start(), then each period without drift. A loop that
/// was held up gets one call, not one for each period it missed. No call after destruction.
class Ticker {
public:
    Ticker(boost::asio::io_context& loop, std::chrono::milliseconds period,
           std::function<void()> tick);
    Ticker(const Ticker&) = delete;
    Ticker& operator=(const Ticker&) = delete;

    void start();
    /// The next call comes one new period after the last, or at once if that has passed.
    void set_period(std::chrono::milliseconds period);

private:
    void arm(std::chrono::steady_clock::time_point at);

    std::chrono::milliseconds period_;
    std::function<void()> tick_;
    boost::asio::steady_timer timer_;
    std::chrono::steady_clock::time_point last_{};
    bool started_ = false;
    std::shared_ptr<void> alive_ = std::make_shared<char>(); ///< gone when this is, for handlers
};

} // namespace holdfast::sensors
