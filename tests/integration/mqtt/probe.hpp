#pragma once

#include "edge/mqtt/client.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace holdfast::test {

/// A client under test with its event loop and everything it told us.
class Probe {
public:
    explicit Probe(mqtt::Endpoint endpoint,
                   mqtt::Acknowledge acknowledge = mqtt::Acknowledge::at_once)
        : client(context, library, std::move(endpoint), acknowledge, handlers(),
                 Log([this](Log::Level, const std::string& line) { logged.push_back(line); })) {}

    /// Runs the loop until `done()`, or for `limit`; answers `done()`.
    template <typename Predicate>
    bool run_until(Predicate done, std::chrono::milliseconds limit = std::chrono::seconds(10)) {
        const auto deadline = std::chrono::steady_clock::now() + limit;
        context.restart();
        while (!done() && std::chrono::steady_clock::now() < deadline) {
            context.run_one_until(deadline);
        }
        return done();
    }
    bool connects() {
        return run_until([this] { return client.connected(); });
    }
    bool receives(std::size_t count) {
        return run_until([&] { return payloads.size() >= count; });
    }

    mqtt::Library library;
    boost::asio::io_context context;
    std::vector<std::string> payloads;
    std::vector<mqtt::PublishId> published;
    std::vector<std::string> reasons;
    std::vector<std::string> refused;
    std::vector<std::string> logged;
    int connects_seen = 0;
    bool session_present = false;
    std::function<void(const mqtt::Delivery&)> on_message;
    mqtt::Client client;

private:
    mqtt::Handlers handlers() {
        return {.connected =
                    [this](bool present) {
                        ++connects_seen;
                        session_present = present;
                    },
                .disconnected = [this](const std::string& reason) { reasons.push_back(reason); },
                .message =
                    [this](const mqtt::Delivery& delivery) {
                        payloads.push_back(delivery.payload);
                        if (on_message) {
                            on_message(delivery);
                        }
                    },
                .published = [this](mqtt::PublishId id) { published.push_back(id); },
                .subscription_refused =
                    [this](const std::string& filter) { refused.push_back(filter); }};
    }
};

} // namespace holdfast::test
