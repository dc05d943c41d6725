#pragma once

#include "bridge/finding.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace holdfast::bridge {

/// The cloud did not let an MQTT client in though TLS stood.
struct LoginRefusal {
    std::string client_id;
    std::optional<int> connack; ///< the code it answered CONNECT with, if it did
    std::string words;          ///< why there was no connection, where there was no code
    bool bridge_id_taken;       ///< it lets the bridge's own client id in
};

/// What became of a message that was sent to prove a topic.
struct Echo {
    std::string topic;
    std::optional<std::chrono::milliseconds> round_trip; ///< it came back
    bool acknowledged;                                   ///< the cloud said that it has it
    std::string ended; ///< why the connection ended before it came back; empty if it stands
};

// Each in plain words, with the likely cause and what to do. Pure.

Finding explain(const config::CloudSettings& cloud, const std::string& site,
                const LoginRefusal& refusal);
Finding explain(const config::CloudSettings& cloud, const std::string& site, const Echo& echo);

/// The cloud granted the filter, or not.
Finding explain_subscription(const config::CloudSettings& cloud, const std::string& site,
                             const std::string& filter, bool granted);

} // namespace holdfast::bridge
