// An alarm's condition: Error is the only failure, and what was accepted decides without faults.
#include "core/error.hpp"
#include "edge/control/condition.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace std::chrono_literals;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        auto condition = holdfast::control::Condition::parse(text, 1);
        const auto series = condition.series();
        if (series.empty() || series.size() > 100) {
            std::abort();
        }
        condition.start(0s);
        for (int i = 0; i < 3; ++i) {
            for (const auto& name : series) {
                condition.reading(name, i, i * 1s);
            }
            condition.holds(i * 1s);
        }
        if (const auto wake = condition.wake(3s); wake && *wake <= 3s) {
            std::abort();
        }
    } catch (const holdfast::Error&) {
    }
    return 0;
}
