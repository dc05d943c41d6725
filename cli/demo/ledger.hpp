#pragma once

#include "core/range_set.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::cli::demo {

/// What a subscriber at the cloud really received, held against what the spool stored. Pure.
///
/// Readings are told apart by seq and must bear the value that was stored; captured messages are
/// counted by topic and payload.
class Ledger {
public:
    struct Result {
        std::uint64_t sent = 0;
        std::uint64_t received = 0;   ///< of those that were sent, each once
        std::uint64_t lost = 0;       ///< sent and not received, or received with another value
        std::uint64_t duplicates = 0; ///< received again
    };

    /// `site` and `epoch` as the appliance has them: other messages do not count.
    explicit Ledger(std::string site)
        : site_(std::move(site)) {}

    /// A message as it came from the cloud broker.
    void received(std::string_view topic, std::string_view payload);
    /// Rows received so far, each once.
    std::uint64_t rows() const noexcept { return readings_.size() + messages_received_; }

    /// A row of the spool. Each seq once.
    void stored_reading(const std::string& epoch, Seq seq, const std::string& topic, double value);
    void stored_message(const std::string& topic, const std::string& payload);
    void forget_stored();

    Result result() const;

private:
    using ReadingKey = std::pair<std::string, Seq>; ///< epoch, seq
    struct Value {
        std::string name; ///< site, topic
        double value = 0;
        bool operator==(const Value&) const = default;
    };

    bool take_pack(std::string_view payload);

    std::string site_;
    std::map<ReadingKey, Value> readings_;
    std::map<std::pair<std::string, std::string>, std::uint64_t> messages_;
    std::uint64_t messages_received_ = 0;
    std::uint64_t duplicate_readings_ = 0;

    std::map<ReadingKey, Value> stored_readings_;
    std::map<std::pair<std::string, std::string>, std::uint64_t> stored_messages_;
};

} // namespace holdfast::cli::demo
