#pragma once

#include "core/clock.hpp"
#include "edge/mqtt/client.hpp"
#include "edge/ports/ports.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace holdfast::edge {

/// What outputs and instructions are told, from a session that the broker keeps while we are away:
/// no order is lost in silence.
///
/// - after an absence of at most short_absence, such as a restart of the broker, what waited comes
///   as if we had never been away, in its order
/// - after a longer one, and after a start of the daemon, what waited comes as `late`. A mark that
///   we send ourselves comes back behind it: what follows is new
/// - a topic that nobody here wants any more is given up in the kept session when a message comes
class Orders {
public:
    static constexpr std::chrono::seconds short_absence{30};

    /// Each may be empty.
    struct Handlers {
        /// A session began, new or kept.
        std::function<void()> connected;
        /// Sees each message first; whether it has dealt with it.
        std::function<bool(const ports::BusMessage&)> take;
        /// Orders that come from now on are carried out: once a connection.
        std::function<void()> ready;
    };

    Orders(ports::Ports& ports, const mqtt::Library& library, mqtt::Endpoint endpoint,
           Handlers handlers);
    Orders(const Orders&) = delete;
    Orders& operator=(const Orders&) = delete;
    ~Orders();

    /// When an answer can be given.
    void start();
    /// What is ordered from now on waits at the broker. start() begins again.
    void pause();
    /// The same for good.
    void stop();

private:
    mqtt::Handlers client_handlers();
    void connected(bool session_present);
    void away();
    void arrived(const mqtt::Delivery& delivery);

    ports::Ports& ports_;
    Handlers handlers_;
    mqtt::Client client_;
    bool started_ = false;
    bool late_ = true;                   ///< what comes now waited for too long
    std::optional<BootTime> away_since_; ///< nothing while connected, and before that
    std::uint64_t marks_ = 0;
};

} // namespace holdfast::edge
