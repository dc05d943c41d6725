#pragma once

#include "edge/mqtt/endpoint.hpp"

#include <string>
#include <string_view>

namespace holdfast::mqtt {

/// Why there is no connection, as a sentence with what to do. Pure; never names the password.

/// The broker answered with this CONNACK code (MQTT 3.1.1 §3.2.2.3), which is not 0.
std::string refusal_reason(const Endpoint& endpoint, int connack_code);

/// How far a connection got.
enum class Stage {
    reaching, ///< no TCP connection
    greeting, ///< TLS, then CONNECT and CONNACK
    accepted,
};

/// The connection failed or ended: libmosquitto's words for its code, and what it logged of TLS.
std::string failure_reason(const Endpoint& endpoint, Stage stage, std::string_view code_text,
                           std::string_view logged);

} // namespace holdfast::mqtt
