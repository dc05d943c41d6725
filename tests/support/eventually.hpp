#pragma once

#include <chrono>
#include <thread>

namespace holdfast::test {

/// Whether `holds()` comes true within `limit`. Only for conditions that give no event to wait for.
template <typename Predicate>
bool eventually(Predicate holds, std::chrono::milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
        if (std::chrono::steady_clock::now() >= deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

} // namespace holdfast::test
