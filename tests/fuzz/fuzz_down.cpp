// What comes from the cloud as an order: Error is the only failure, ids are bounded, and a memory
// of any bytes can be read and written.
#include "core/error.hpp"
#include "edge/repeats.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holdfast;
    using namespace std::chrono_literals;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    edge::Repeats repeats(text);
    try {
        const auto order = edge::read_order(text);
        if (order.id.size() > edge::CloudOrder::longest_id ||
            order.text.size() > edge::CloudOrder::longest) {
            std::abort();
        }
        repeats.is_repeat("topic", order, 1s);
        if (!order.id.empty() && !edge::Repeats(repeats.str()).is_repeat("topic", order, 2s)) {
            std::abort();
        }
    } catch (const Error&) {
    }
    return 0;
}
