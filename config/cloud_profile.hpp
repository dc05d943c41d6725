#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace holdfast::config {

/// What a kind of cloud broker takes, and what we ask of it unless told otherwise.
///
/// The limits of AWS IoT Core are those of its documentation ("AWS IoT Core endpoints and quotas",
/// message broker and protocol limits); what is asked stays below them, because whatever is above
/// is thrown away without a word or ends the connection.
struct CloudProfile {
    std::string_view kind; ///< as in `[cloud] kind`

    std::size_t payload_bytes;
    std::size_t topic_bytes;
    std::size_t topic_slashes;
    std::size_t client_id_bytes;
    std::chrono::seconds least_keepalive;
    std::chrono::seconds longest_keepalive;
    std::uint64_t in_flight;            ///< publishes without PUBACK
    std::uint64_t publishes_per_second; ///< of one connection
    std::uint64_t bytes_per_second;
    std::size_t subscriptions; ///< of one connection
    bool needs_host_name;      ///< it tells its customers apart by SNI, which an IP address has not
    bool keeps_order; ///< within a session: what comes back last says that all before it came
    std::string_view alpn_on_443; ///< what TLS has to ask for on port 443; empty: nothing

    /// The defaults of `[uplink]`.
    std::uint64_t batch_bytes; ///< topic and payload
    std::uint64_t default_in_flight;
    std::uint64_t default_publishes_per_second;
    std::uint64_t default_bytes_per_second;
};

/// A Mosquitto: no limit but MQTT's own and those its owner sets.
const CloudProfile& mosquitto_profile();
const CloudProfile& aws_iot_core_profile();
/// By its kind, which must be one of them.
const CloudProfile& cloud_profile(std::string_view kind);

} // namespace holdfast::config
