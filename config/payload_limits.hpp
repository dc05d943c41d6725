#pragma once

#include <cstdint>

namespace holdfast::config {

/// What `max_payload` of a device can be at most.
inline constexpr std::uint64_t largest_payload_bytes = std::uint64_t{16} * 1024 * 1024;
/// What a broker has to take for that: topics have up to 65 535 bytes. Mosquitto 2.1 by itself ends
/// a connection that brings 2 000 000 bytes.
inline constexpr std::uint64_t largest_packet_bytes = largest_payload_bytes + 128 * 1024;

} // namespace holdfast::config
