#pragma once

#include "edge/control/output_device.hpp"
#include "edge/control/output_logic.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace holdfast::control {

/// One [output NAME] at work.
///
/// - orders come on its topic, below `holdfast/down/` too, and from alarms; each from a topic is
///   answered on TOPIC/ack: `{"order":"on","state":"on"}`, with the device's `reply` where one is
///   expected, or `{"order":"x","refused":"…"}`
/// - an order that is retained is refused: it would be carried out again at each reconnect; so is
///   one that waited for long while the daemon was away
/// - an order for a device that is away is answered `{"order":"on","waits":"offline: …"}`; it is
/// set
///   once when the device is back, and answered again: `{"order":"on","state":"on"}`; only the last
///   such order waits
/// - stop() leaves it safe
class Output {
public:
    struct Handlers {
        /// An answer, not retained.
        std::function<void(const std::string& topic, const std::string& payload)> answer;
        /// The state changed: for TOPIC/state, retained.
        std::function<void(const Output&)> changed;
        /// Whether its device can be used: `online` or `offline: reason`.
        std::function<void(const Output&)> status;
    };

    /// Touches no device. Throws InputError.
    Output(ports::Ports& ports, const config::OutputSettings& settings, Handlers handlers);
    Output(const Output&) = delete;
    Output& operator=(const Output&) = delete;

    void start();
    /// Sets the safe state, if there is one, and takes no order any more.
    void stop() noexcept;

    const std::string& name() const noexcept { return settings_.name; }
    const std::string& topic() const noexcept { return settings_.topic.str(); }
    const std::string& state() const noexcept { return logic_.state(); }
    /// `online`, `offline: reason`, or empty while it is not known.
    const std::string& status() const noexcept { return status_; }

    /// Throws Error for an order that this output does not take.
    void check(std::string_view payload) const;
    /// An order from within. Throws Error as check() does.
    void order(std::string_view payload);

private:
    void take(const ports::BusMessage& message);
    void answer(const std::string& order, std::string_view member, std::string_view text) const;
    void set(const std::string& state);
    void set_status(std::string status);
    void end_waiting(std::string_view member, std::string_view text);
    void replied(std::string_view line);
    void no_reply();
    void sleep();

    ports::Ports& ports_;
    config::OutputSettings settings_;
    Handlers handlers_;
    std::unique_ptr<OutputDevice> device_;
    OutputLogic logic_;
    std::string status_;
    std::string told_;         ///< the state that was published last
    std::string waits_;        ///< the order that the device was not ready for
    std::string awaits_reply_; ///< the order that the device is to answer
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer reply_timer_;
    std::vector<ports::MessageBus::Subscription> subscriptions_;
    std::shared_ptr<void> alive_ = std::make_shared<char>(); ///< gone when this is, for handlers
};

} // namespace holdfast::control
