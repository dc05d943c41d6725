#pragma once

#include "edge/mqtt/client.hpp"

#include <string>

namespace holdfast::test {

// What Listener::wait_for() is asked to wait for.

inline auto on(const std::string& topic) {
    return [topic](const mqtt::Delivery& delivery) { return delivery.topic == topic; };
}

inline auto is(const std::string& topic, const std::string& payload) {
    return [=](const mqtt::Delivery& delivery) {
        return delivery.topic == topic && delivery.payload == payload;
    };
}

inline auto says(const std::string& topic, const std::string& text) {
    return [=](const mqtt::Delivery& delivery) {
        return delivery.topic == topic && delivery.payload.find(text) != std::string::npos;
    };
}

} // namespace holdfast::test
