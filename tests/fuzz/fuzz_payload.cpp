// A device's payload, a thermometer's file and a command: a finite number or a reason, words or
// Error.
#include "core/error.hpp"
#include "edge/sensors/command_words.hpp"
#include "edge/sensors/payload.hpp"
#include "edge/sensors/w1_scratchpad.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace {

void check(const holdfast::sensors::ParsedLine& parsed) {
    if (parsed.value ? !std::isfinite(*parsed.value) : parsed.fault.empty()) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holdfast::sensors;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check(parse_payload(text, {}));
    check(parse_payload(text, {.member = {"a"}}));
    check(parse_payload(text, {.member = {"a", "b"}}));
    check(parse_w1_slave(text));
    try {
        if (command_words(text).empty()) {
            std::abort();
        }
    } catch (const holdfast::Error&) {
    }
    return 0;
}
