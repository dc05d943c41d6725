#include "support/mqtt_limits.hpp"

#include <algorithm>

namespace holdfast::test {

namespace {

constexpr unsigned publish = 3; // MQTT 3.1.1 §2.2.1

unsigned byte_at(std::string_view text, std::size_t place) {
    return static_cast<unsigned char>(text.at(place));
}

} // namespace

std::string LimitedStream::pass(std::string_view bytes) {
    buffer_ += bytes;
    std::string passed;
    std::size_t header = 0;
    while (!ended_) {
        const auto length = packet_length(header);
        if (length == 0) {
            break;
        }
        const auto packet = buffer_.substr(0, length);
        buffer_.erase(0, length);
        if (takes(packet, header)) {
            passed += packet;
        }
    }
    return passed;
}

/// MQTT 3.1.1 §2.2.3: seven bits a byte, the lowest first.
std::size_t LimitedStream::packet_length(std::size_t& header) const {
    std::size_t length = 0;
    for (std::size_t i = 1; i < 5 && i < buffer_.size(); ++i) {
        const auto digit = byte_at(buffer_, i);
        length |= static_cast<std::size_t>(digit & 0x7FU) << (7 * (i - 1));
        if ((digit & 0x80U) == 0) {
            header = i + 1;
            return buffer_.size() >= header + length ? header + length : 0;
        }
    }
    return 0;
}

bool LimitedStream::takes(std::string_view packet, std::size_t header) {
    if (byte_at(packet, 0) >> 4U != publish) {
        return true;
    }
    const std::size_t topic_length = (byte_at(packet, header) << 8U) + byte_at(packet, header + 1);
    const auto topic = packet.substr(header + 2, topic_length);
    const auto slashes = static_cast<std::size_t>(std::count(topic.begin(), topic.end(), '/'));
    if (packet.size() - header - 2 - topic_length > limits_.payload_bytes + 2 ||
        topic_length > limits_.topic_bytes || slashes > limits_.topic_slashes) {
        ended_ = true;
        return false;
    }
    if (!in_time()) {
        ++discarded_;
        return false;
    }
    return true;
}

bool LimitedStream::in_time() {
    const auto now = std::chrono::steady_clock::now();
    if (now - second_ >= std::chrono::seconds(1)) {
        second_ = now;
        in_second_ = 0;
    }
    return ++in_second_ <= limits_.publishes_per_second;
}

} // namespace holdfast::test
