#include "cli/demo/ledger.hpp"

#include "edge/uplink/unpack.hpp"

#include <algorithm>
#include <array>

namespace holdfast::cli::demo {

namespace {

// What the appliance says of itself is no reading.
constexpr std::array<std::string_view, 4> own_topics{"alerts", "link", "status", "sync"};

} // namespace

void Ledger::received(std::string_view topic, std::string_view payload) {
    if (topic.rfind(site_ + "/", 0) != 0) {
        return;
    }
    topic.remove_prefix(site_.size() + 1);
    if (std::find(own_topics.begin(), own_topics.end(), topic) != own_topics.end() ||
        take_pack(payload)) {
        return;
    }
    ++messages_[{std::string(topic), std::string(payload)}];
    ++messages_received_;
}

bool Ledger::take_pack(std::string_view payload) {
    const auto readings = uplink::unpack(payload);
    if (!readings) {
        return false;
    }
    for (const auto& reading : *readings) {
        const ReadingKey key{reading.epoch, reading.seq};
        if (!readings_.emplace(key, Value{reading.name, reading.value}).second) {
            ++duplicate_readings_;
        }
    }
    return true;
}

void Ledger::stored_reading(const std::string& epoch, Seq seq, const std::string& topic,
                            double value) {
    stored_readings_[{epoch, seq}] = {site_ + "/" + topic, value};
}

void Ledger::stored_message(const std::string& topic, const std::string& payload) {
    ++stored_messages_[{topic, payload}];
}

void Ledger::forget_stored() {
    stored_readings_.clear();
    stored_messages_.clear();
}

Ledger::Result Ledger::result() const {
    Result result;
    result.sent = stored_readings_.size();
    result.duplicates = duplicate_readings_;
    for (const auto& [key, stored] : stored_readings_) {
        const auto got = readings_.find(key);
        const bool arrived = got != readings_.end() && got->second == stored;
        result.received += arrived ? 1 : 0;
    }
    for (const auto& [message, stored] : stored_messages_) {
        const auto got = messages_.find(message);
        const auto count = got == messages_.end() ? 0 : got->second;
        result.sent += stored;
        result.received += std::min(stored, count);
        result.duplicates += count > stored ? count - stored : 0;
    }
    result.lost = result.sent - result.received;
    return result;
}

} // namespace holdfast::cli::demo
