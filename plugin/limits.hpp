#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace holdfast {

/// What a user may do how much of, as the `limit` lines of its blocks say. Of several lines for the
/// same thing the strictest counts.
struct Limits {
    struct Publish {
        unsigned line;
        std::uint32_t messages; ///< in `period`, in the long run
        std::chrono::seconds period;
        std::uint32_t burst; ///< at once, after a quiet time
    };
    struct Bound {
        unsigned line;
        std::uint64_t most;
    };

    std::optional<Publish> publish;
    std::optional<Bound> payload_bytes; ///< of one message
    std::optional<Bound> subscriptions; ///< of one client at a time

    bool none() const noexcept { return !publish && !payload_bytes && !subscriptions; }
    void tighten(const Limits& other) noexcept;

    /// Reads what stands behind `limit`: `publish 10/s burst 50`, `payload 4KiB`,
    /// `subscriptions 20`. Throws Error with what is wrong.
    static Limits parse(std::string_view text, unsigned line);
};

} // namespace holdfast
