#pragma once

#include "edge/mqtt/endpoint.hpp"

#include <string>

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

/// A connection that failed or ended, as libmosquitto and OpenSSL saw it.
struct Failure {
    Stage stage;
    std::string code_text;   ///< libmosquitto's words for its code
    std::string logged = {}; ///< what it logged of TLS
    long verify_result = 0;  ///< of the broker's certificate: 0, or OpenSSL's X509_V_ERR_…
};

std::string failure_reason(const Endpoint& endpoint, const Failure& failure);

} // namespace holdfast::mqtt
