// Filter and topic, a line each: what matches for us matches for Mosquitto, as a filter, as a rule
// of a policy and as a set of topics; and no text that is not valid gets as far as matching.
#include "core/topic.hpp"
#include "core/topic_filters.hpp"
#include "plugin/policy.hpp"

#include <mosquitto.h>

#include <cstdint>
#include <cstdlib>

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

bool policy_matches(const std::string& filter, const std::string& topic) {
    holdfast::PolicyFile file;
    file.anonymous.push_back({1, holdfast::PolicyRule::Access::read, filter});
    const holdfast::Policy policy(file);
    const holdfast::ClientNames names{std::nullopt, "client"};
    const bool reads = policy.decide(holdfast::Policy::Access::read, names, topic).allowed;
    // What can be delivered can be subscribed to.
    require(!reads || topic.starts_with("$share/") ||
            policy.decide_subscription(names, topic).allowed);
    return reads;
}

void compare(const std::string& filter, const std::string& topic) {
    const bool matches = holdfast::topic_matches(filter, topic);
    bool stock = false;
    if (mosquitto_topic_matches_sub(filter.c_str(), topic.c_str(), &stock) == MOSQ_ERR_SUCCESS) {
        require(matches == stock);
    }
    require(matches == holdfast::filter_covers(filter, topic));
    require(matches == (holdfast::filters_meet(topic, filter) == topic));
    if (filter.find('%') == std::string::npos) {
        require(matches == policy_matches(filter, topic));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto end = text.find('\n');
    const std::string filter(text.substr(0, end));
    const std::string topic(end == std::string_view::npos ? std::string_view()
                                                          : text.substr(end + 1));
    if (!holdfast::topic_filter_fault(filter) && !holdfast::topic_name_fault(topic)) {
        compare(filter, topic);
    }
    return 0;
}
