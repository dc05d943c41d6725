// What comes by topic to instructions and outputs: Error is the only failure, and what was accepted
// lies within its bounds.
#include "core/error.hpp"
#include "edge/control/instruction.hpp"
#include "edge/control/order.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holdfast;
    using namespace std::chrono_literals;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto period = control::allowed_period(text, 100ms, 1h);
        if (period < 100ms || period > 1h) {
            std::abort();
        }
    } catch (const Error&) {
    }
    for (const bool takes_text : {false, true}) {
        try {
            const auto order = control::parse_order(text, takes_text);
            const bool is_text = order.kind == control::Order::Kind::text;
            if (is_text != !order.text.empty() || order.text.size() > 200 ||
                order.text.find('\n') != std::string::npos) {
                std::abort();
            }
        } catch (const Error&) {
        }
    }
    return 0;
}
