#pragma once

#include "edge/ports/ports.hpp"
#include "edge/repeats.hpp"

#include <functional>
#include <map>
#include <string>

namespace holdfast::edge {

/// The orders of the cloud, which the bridge brings below `holdfast/down/`: each is handed on once
/// (edge/repeats.hpp) and answered.
///
/// - a repeat is answered on TOPIC/ack as outputs and instructions answer:
///   `{"order":"toggle","refused":"…"}`
/// - an answer carries the `id` of the order that it is for
class Downlink {
public:
    struct Handlers {
        /// To the cloud while there is a link, and here.
        std::function<void(const std::string& topic, const std::string& payload)> say;
    };

    Downlink(ports::Ports& ports, const std::string& site, Handlers handlers);
    Downlink(const Downlink&) = delete;
    Downlink& operator=(const Downlink&) = delete;

    /// The session by which orders come was made anew.
    void reconnected() { repeats_.reconnected(boot_now()); }
    /// Whether the message is an order of the cloud that somebody here wants; then it has been
    /// dealt with.
    bool take(const ports::BusMessage& message);
    /// An answer on that topic, with the id of the order it is for if that had one.
    std::string with_id(const std::string& topic, const std::string& answer);

private:
    bool carry_out(const ports::BusMessage& message, const std::string& topic);
    void refuse(const std::string& topic, const std::string& order, const std::string& reason);

    ports::Ports& ports_;
    Handlers handlers_;
    Repeats repeats_;
    std::map<std::string, std::string> ids_; ///< of orders to be answered, by the answer's topic
    /// In the session of the orders, so that a new link is known before what it brings.
    ports::MessageBus::Subscription link_;
};

} // namespace holdfast::edge
