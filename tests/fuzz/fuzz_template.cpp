// A message's template: Error is the only failure; what was accepted gives a text once every
// reading is there and none while one is missing, and asks for what it names and for nothing else.
#include "core/error.hpp"
#include "edge/control/message_template.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

void check(const holdfast::control::MessageTemplate& message) {
    std::set<std::string> series;
    std::set<std::string> alarms;
    const auto text = message.render({.reading =
                                          [&](const std::string& name) {
                                              series.insert(name);
                                              return std::optional(1.5);
                                          },
                                      .raised =
                                          [&](const std::string& name) {
                                              alarms.insert(name);
                                              return true;
                                          }});
    if (!text || series.empty() || series != message.series() || alarms != message.alarms()) {
        std::abort();
    }
    for (const auto& missing : series) {
        if (message.render({.reading =
                                [&](const std::string& name) {
                                    return name == missing ? std::nullopt : std::optional(1.5);
                                },
                            .raised = [](const std::string&) { return false; }})) {
            std::abort();
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        check(
            holdfast::control::MessageTemplate::parse({reinterpret_cast<const char*>(data), size}));
    } catch (const holdfast::Error&) {
    }
    return 0;
}
