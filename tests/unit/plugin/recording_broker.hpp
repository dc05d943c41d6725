#pragma once

#include "plugin/host_broker.hpp"

#include <string>
#include <vector>

namespace holdfast::test {

/// Remembers what it was asked.
class RecordingBroker : public HostBroker {
public:
    struct Message {
        std::string topic;
        std::string payload;
        bool retain;
    };

    void publish(const std::string& topic, const std::string& payload, bool retain) override {
        published.push_back({topic, payload, retain});
    }
    void end_sessions_of(const std::string& user) override { ended.push_back(user); }

    bool end_session(const std::string& client) override {
        ended_clients.push_back(client);
        return true;
    }

    std::vector<std::string> ended;
    std::vector<std::string> ended_clients;
    std::vector<Message> published;
};

} // namespace holdfast::test
