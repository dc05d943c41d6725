#include "edge/repeats.hpp"

#include "core/error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace holdfast::edge {

namespace {

using Json = nlohmann::json;

std::string id_of(const Json& id) {
    if (!id.is_string() && !id.is_number_integer()) {
        throw Error("'id' is neither a text nor a whole number");
    }
    auto text = id.is_string() ? id.get<std::string>() : id.dump();
    if (text.empty() || text.size() > CloudOrder::longest_id) {
        throw Error(fmt::format("'id' has {} bytes: 1 to {} are expected", text.size(),
                                CloudOrder::longest_id));
    }
    return text;
}

void remember(std::deque<std::string>& known, const std::string& text) {
    known.push_back(text);
    if (known.size() > Repeats::remembered) {
        known.pop_front();
    }
}

std::deque<std::string> texts_of(const Json& json, const char* member) {
    std::deque<std::string> texts;
    if (json.contains(member) && json[member].is_array()) {
        for (const auto& text : json[member]) {
            if (text.is_string()) {
                remember(texts, text.get<std::string>());
            }
        }
    }
    return texts;
}

bool holds(const std::deque<std::string>& known, const std::string& text) {
    return std::find(known.begin(), known.end(), text) != known.end();
}

} // namespace

CloudOrder read_order(std::string_view payload) {
    if (payload.size() > CloudOrder::longest) {
        throw Error(
            fmt::format("it has {} bytes, more than {}", payload.size(), CloudOrder::longest));
    }
    const auto json = Json::parse(payload, nullptr, false);
    if (!json.is_object() || !json.contains("id")) {
        return {{}, std::string(payload)};
    }
    CloudOrder order{id_of(json["id"]), std::string(payload)};
    if (json.contains("order")) {
        if (!json["order"].is_string()) {
            throw Error("'order' is no text");
        }
        order.text = json["order"].get<std::string>();
    }
    return order;
}

Repeats::Repeats(std::string_view kept) {
    const auto json = Json::parse(kept, nullptr, false);
    if (!json.is_object()) {
        return;
    }
    for (const auto& [topic, known] : json.items()) {
        if (known.is_object()) {
            topics_[topic] = {texts_of(known, "ids"), texts_of(known, "texts"), {}};
        }
    }
}

void Repeats::reconnected(BootTime now) {
    doubt_ends_ = now + doubt;
    for (auto& [topic, known] : topics_) {
        known.suspects = known.texts;
    }
}

bool Repeats::was_taken(Known& known, const CloudOrder& order) {
    if (!order.id.empty()) {
        return holds(known.ids, order.id);
    }
    const auto suspect = std::find(known.suspects.begin(), known.suspects.end(), order.text);
    if (suspect == known.suspects.end()) {
        return false;
    }
    known.suspects.erase(suspect);
    return true;
}

bool Repeats::is_repeat(const std::string& topic, const CloudOrder& order, BootTime now) {
    auto& known = topics_[topic];
    if (now >= doubt_ends_) {
        known.suspects.clear();
    }
    if (was_taken(known, order)) {
        return true;
    }
    // Repeats come in their order and before anything newer.
    known.suspects.clear();
    if (order.id.empty()) {
        remember(known.texts, order.text);
    } else {
        remember(known.ids, order.id);
    }
    return false;
}

std::string Repeats::str() const {
    Json json = Json::object();
    for (const auto& [topic, known] : topics_) {
        json[topic] = {{"ids", known.ids}, {"texts", known.texts}};
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace holdfast::edge
