#pragma once

#include "core/error.hpp"
#include "edge/sensors/driver.hpp"
#include "edge/sensors/ticker.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace holdfast::sensors {

/// The device answered, but with nothing that can be used. Any other Error: it cannot be read.
class UnusableValue : public Error {
public:
    using Error::Error;
};

/// A driver that asks its device each `every`, on a thread of its own.
///
/// - a read that hangs keeps its thread and nothing else: neither the loop nor other sensors; it is
///   not asked again before it answered
/// - a device that cannot be read is asked less and less often, at the least each longest_pause
/// - the destructor leaves a hanging thread behind; what that thread still touches is its own
class Poller : public Driver {
public:
    /// `read` runs on the thread, and holds whatever it needs by value.
    Poller(boost::asio::io_context& loop, std::chrono::milliseconds every,
           std::function<double()> read, Outlet& outlet);
    ~Poller() override;

    static constexpr std::chrono::seconds longest_pause{30};

    void start() override;
    Pace pace() const noexcept override { return Pace::ours; }
    std::chrono::milliseconds patience() const noexcept override { return two_periods(every_); }
    void set_every(std::chrono::milliseconds every) override;

private:
    class Worker;

    void tick();

    std::chrono::milliseconds every_;
    std::shared_ptr<Worker> worker_;
    Ticker ticker_;
};

} // namespace holdfast::sensors
