#pragma once

#include "core/clock.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace holdfast {

/// Bounds what is told of many like events: in each period the first few of a source are told one
/// by one, the others are counted, and the count is told at the end of the period.
class Throttle {
public:
    static constexpr BootTime period = std::chrono::seconds(10);
    static constexpr unsigned told_per_source = 5;
    static constexpr std::size_t most_sources = 200; ///< told apart in one period

    /// Receives a count; without a source it is of all those that were too many to tell apart.
    using TellCount =
        std::function<void(std::optional<std::string_view> source, std::uint64_t count)>;

    explicit Throttle(TellCount tell_count);

    /// Whether this one is to be told; if not, it is counted. Tells the counts of a past period.
    bool admit(std::string_view source, BootTime now);
    /// Tells the counts once their period is over. Cheap when there is nothing to do.
    void flush(BootTime now);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };

    TellCount tell_count_;
    std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> counts_;
    std::uint64_t of_others_ = 0;
    BootTime period_end_{0};
};

} // namespace holdfast
