#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::test {

/// What AWS IoT Core allows one connection ("AWS IoT Core endpoints and quotas", message broker and
/// protocol limits).
struct IotCoreLimits {
    std::uint64_t publishes_per_second = 100; ///< each way
    std::uint64_t unacknowledged = 100;       ///< publishes with QoS 1, each way
    std::uint64_t bytes_per_second = 512 * 1024;
    std::size_t payload_bytes = 128 * 1024;
    std::size_t topic_bytes = 256;
    std::size_t topic_slashes = 7;
    std::size_t client_id_bytes = 128;
    unsigned least_keepalive = 30; ///< seconds
    unsigned longest_keepalive = 1200;
    std::size_t subscriptions = 50;
    std::size_t filters_per_subscribe = 8;
    std::chrono::milliseconds between_connects{1000}; ///< of one client id
};

/// When a client id last connected, of all connections.
using Connects = std::map<std::string, std::chrono::steady_clock::time_point>;

/// The packets in one direction of a stream of MQTT 3.1.1.
class PacketStream {
public:
    void add(std::string_view bytes) { buffer_ += bytes; }
    /// The next whole packet; empty while there is none.
    std::string next();

private:
    std::string buffer_;
};

/// One connection's packets judged as AWS IoT Core would. Pure but for what it is given.
class IotCoreRules {
public:
    using Time = std::chrono::steady_clock::time_point;

    enum class Fate {
        passes,
        discarded, ///< without a word: no PUBACK either
        ends       ///< the connection
    };
    struct Verdict {
        Fate fate = Fate::passes;
        std::string reason = {};
    };

    static constexpr std::string_view too_soon = "connected too soon";

    /// `site` is all that the client's policy allows: topics below it.
    IotCoreRules(const IotCoreLimits& limits, std::string site, Connects& connects)
        : limits_(limits)
        , site_(std::move(site))
        , connects_(connects) {}

    Verdict from_client(std::string_view packet, Time now);
    Verdict from_cloud(std::string_view packet, Time now);

private:
    /// How many publishes passed in the second that runs, and how many have no PUBACK.
    struct Direction {
        Time second{};
        std::uint64_t in_second = 0;
        std::uint64_t unacknowledged = 0;
    };

    Verdict connect(std::string_view body, Time now);
    Verdict subscribe(std::string_view body);
    Verdict publish(std::string_view packet, Time now);
    Verdict in_time(Direction& direction, bool acknowledged, Time now) const;
    bool allowed(std::string_view topic) const;

    IotCoreLimits limits_;
    std::string site_;
    Connects& connects_;
    Direction up_;
    Direction down_;
    std::size_t subscriptions_ = 0;
};

} // namespace holdfast::test
