#include "edge/downlink.hpp"

#include "core/error.hpp"
#include "core/topics.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace holdfast::edge {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_quoted = 100;
const std::string kept_as = "orders.json";
constexpr auto repeat_reason =
    "it was carried out before, or equals such an order and came with a new connection: give "
    R"(orders an id, as {"id":"7","order":"toggle"}, to have equal ones told apart)";

std::string to_text(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace

Downlink::Downlink(ports::Ports& ports, const std::string& site, Handlers handlers)
    : ports_(ports)
    , handlers_(std::move(handlers))
    , repeats_(ports.kept(kept_as).value_or(""))
    , link_(ports.orders.subscribe(TopicFilter(topics::link(site)),
                                   [this](const ports::BusMessage&) { reconnected(); })) {}

bool Downlink::take(const ports::BusMessage& message) {
    if (message.topic.rfind(topics::down, 0) != 0) {
        return false;
    }
    const auto topic = message.topic.substr(topics::down.size());
    try {
        return carry_out(message, topic);
    } catch (const Error& error) {
        refuse(topic, message.payload, error.what());
        return true;
    }
}

bool Downlink::carry_out(const ports::BusMessage& message, const std::string& topic) {
    const auto order = read_order(message.payload);
    if (!order.id.empty()) {
        ids_[topic + "/ack"] = order.id;
    }
    if (repeats_.is_repeat(topic, order, boot_now())) {
        refuse(topic, order.text, repeat_reason);
        return true;
    }
    const bool wanted =
        ports_.orders.deliver({message.topic, order.text, message.retain, message.late});
    ports_.keep(kept_as, repeats_.str());
    return wanted;
}

void Downlink::refuse(const std::string& topic, const std::string& order,
                      const std::string& reason) {
    ports_.log.notice("order of the cloud not carried out", {{"topic", topic}, {"reason", reason}});
    const Json json{{"order", order.substr(0, most_quoted)}, {"refused", reason}};
    handlers_.say(topic + "/ack", with_id(topic + "/ack", to_text(json)));
}

std::string Downlink::with_id(const std::string& topic, const std::string& answer) {
    const auto id = ids_.extract(topic);
    auto json = Json::parse(answer, nullptr, false);
    if (id.empty() || !json.is_object()) {
        return answer;
    }
    json["id"] = id.mapped();
    return to_text(json);
}

} // namespace holdfast::edge
