#pragma once

#include "support/iot_core_rules.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace holdfast::test {

/// Stands before a real broker as AWS IoT Core would: TLS on a loopback port, with a client
/// certificate, the server's name (SNI) and ALPN `x-amzn-mqtt-ca` as on port 443, and the limits of
/// IotCoreRules on what passes. In a thread of its own.
class IotCoreStandIn {
public:
    struct Spec {
        std::uint16_t port = 0;
        std::uint16_t broker_port = 0; ///< on loopback, without TLS
        std::filesystem::path certificate;
        std::filesystem::path key;
        std::filesystem::path client_ca;
        std::string host_name;
        std::string site;
        IotCoreLimits limits = {};
    };

    explicit IotCoreStandIn(Spec spec);
    IotCoreStandIn(const IotCoreStandIn&) = delete;
    IotCoreStandIn& operator=(const IotCoreStandIn&) = delete;
    ~IotCoreStandIn();

    /// What was done to the client so far and why, but for connections that were refused because
    /// they came too soon.
    std::vector<std::string> complaints() const;
    /// Publishes that were thrown away without a PUBACK.
    std::uint64_t discarded() const;
    /// Connections that passed TLS.
    std::uint64_t connections() const;
    /// From now on the connections that are there get every publish thrown away without a word, as
    /// one does that has too many without PUBACK; pings are answered.
    void wedge_connections();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace holdfast::test
