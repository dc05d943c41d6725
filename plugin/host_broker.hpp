#pragma once

#include <string>

namespace holdfast {

/// What the plugin asks of the broker that has loaded it.
class HostBroker {
public:
    HostBroker() = default;
    HostBroker(const HostBroker&) = delete;
    HostBroker& operator=(const HostBroker&) = delete;
    virtual ~HostBroker() = default;

    /// To all that subscribed and may read it, once the broker is back in its loop; QoS 0.
    virtual void publish(const std::string& topic, const std::string& payload, bool retain) = 0;
    /// Disconnects every client that is connected as this user; their wills are sent. Not to be
    /// called while the broker asks about a topic: that client's acknowledgement would be lost.
    virtual void end_sessions_of(const std::string& user) = 0;
    /// Disconnects this client, with its will; whether it was there. The same holds.
    virtual bool end_session(const std::string& client) = 0;
};

} // namespace holdfast
