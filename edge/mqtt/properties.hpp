#pragma once

#include <memory>
#include <string>

struct mqtt5__property;

namespace holdfast::mqtt {

struct FreeProperties {
    void operator()(mqtt5__property* list) const noexcept;
};
/// A list of MQTT 5 properties; null is an empty one.
using Properties = std::unique_ptr<mqtt5__property, FreeProperties>;

/// For an answer: what its question brought as a mark. Throws Error for one that MQTT does not
/// allow (over 65 535 bytes).
Properties with_correlation(const std::string& correlation);

/// What a message brought, or empty.
std::string response_topic(const mqtt5__property* list);
std::string correlation(const mqtt5__property* list);

} // namespace holdfast::mqtt
