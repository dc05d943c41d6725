#include "edge/mqtt/properties.hpp"

#include "core/error.hpp"
#include "edge/mqtt/handle.hpp"
#include "edge/mqtt/libmosquitto.hpp"

#include <cstdint>
#include <cstdlib>
#include <limits>

namespace holdfast::mqtt {

namespace {

struct Free {
    void operator()(void* memory) const noexcept {
        std::free(memory); // NOLINT(cppcoreguidelines-no-malloc): libmosquitto allocated it
    }
};

} // namespace

void FreeProperties::operator()(mqtt5__property* list) const noexcept {
    mosquitto_property_free_all(&list);
}

Properties with_correlation(const std::string& correlation) {
    if (correlation.empty()) {
        return {};
    }
    if (correlation.size() > std::numeric_limits<std::uint16_t>::max()) {
        throw Error("correlation data is longer than MQTT 5 allows");
    }
    mosquitto_property* list = nullptr;
    const int code =
        mosquitto_property_add_binary(&list, MQTT_PROP_CORRELATION_DATA, correlation.data(),
                                      static_cast<std::uint16_t>(correlation.size()));
    Properties properties(list);
    check(code, "correlation data");
    return properties;
}

std::string response_topic(const mqtt5__property* list) {
    char* text = nullptr;
    mosquitto_property_read_string(list, MQTT_PROP_RESPONSE_TOPIC, &text, false);
    const std::unique_ptr<char, Free> owner(text);
    return text == nullptr ? std::string() : std::string(text);
}

std::string correlation(const mqtt5__property* list) {
    void* bytes = nullptr;
    std::uint16_t size = 0;
    mosquitto_property_read_binary(list, MQTT_PROP_CORRELATION_DATA, &bytes, &size, false);
    const std::unique_ptr<void, Free> owner(bytes);
    return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

} // namespace holdfast::mqtt
