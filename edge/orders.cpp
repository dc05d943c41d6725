#include "edge/orders.hpp"

#include "core/topics.hpp"

#include <fmt/format.h>

#include <utility>

namespace holdfast::edge {

namespace {

/// Of this life of the daemon: one before may have left marks on their way.
std::string mark(std::uint64_t number) {
    static const auto started = boot_now().count();
    return fmt::format("{}-{}-{}", boot_id(), started, number);
}

} // namespace

Orders::Orders(ports::Ports& ports, const mqtt::Library& library, mqtt::Endpoint endpoint,
               Handlers handlers)
    : ports_(ports)
    , handlers_(std::move(handlers))
    , client_(ports.loop, library, std::move(endpoint), mqtt::Acknowledge::at_once,
              client_handlers(), ports.log) {
    client_.subscribe(std::string(topics::orders_mark), 1);
    ports_.orders.watch({.wanted = [this](const auto& filter) { client_.subscribe(filter, 1); },
                         .unwanted = [this](const auto& filter) { client_.unsubscribe(filter); }});
}

Orders::~Orders() {
    ports_.orders.watch({});
}

mqtt::Handlers Orders::client_handlers() {
    return {.connected = [this](bool session_present) { connected(session_present); },
            .disconnected = [this](const std::string& /*reason*/) { away(); },
            .message = [this](const mqtt::Delivery& delivery) { arrived(delivery); },
            .published = {},
            .subscription_refused = {}};
}

void Orders::start() {
    if (!std::exchange(started_, true)) {
        client_.start();
    }
}

void Orders::pause() {
    if (std::exchange(started_, false)) {
        away();
        client_.stop();
    }
}

void Orders::stop() {
    // Who goes now unsubscribes here, and must not in the session that is kept.
    ports_.orders.watch({});
    pause();
}

void Orders::connected(bool session_present) {
    const bool away_for_long = away_since_ && boot_now() - *away_since_ > short_absence;
    away_since_.reset();
    if (handlers_.connected) {
        handlers_.connected();
    }
    late_ = session_present && (late_ || away_for_long);
    // It comes back behind what waited, and only once our subscriptions are in force.
    client_.publish(std::string(topics::orders_mark), mark(++marks_), 1, false);
}

void Orders::away() {
    if (!away_since_) {
        away_since_ = boot_now();
    }
}

void Orders::arrived(const mqtt::Delivery& delivery) {
    if (delivery.topic == topics::orders_mark) {
        if (delivery.payload == mark(marks_)) {
            late_ = false;
            if (handlers_.ready) {
                handlers_.ready();
            }
        }
        return;
    }
    const ports::BusMessage message{delivery.topic, delivery.payload, delivery.retain,
                                    late_ && !delivery.retain};
    if (handlers_.take && handlers_.take(message)) {
        return;
    }
    if (!ports_.orders.deliver(message)) {
        client_.unsubscribe(delivery.topic);
    }
}

} // namespace holdfast::edge
