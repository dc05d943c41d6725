#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace holdfast {

/// Tells the owner of every denial, within bounds: in each period a client's first few are lines of
/// their own, the others are counted, and the count is a line at the end of the period.
class DenialLog {
public:
    static constexpr BootTime period = std::chrono::seconds(10);
    static constexpr unsigned lines_per_client = 5;
    static constexpr std::size_t most_clients = 200; ///< told apart in one period

    explicit DenialLog(const Log& log)
        : log_(log) {}

    /// Whether this one is to be logged; if not, it is counted. Logs the counts of a past period.
    bool admit(std::string_view client, BootTime now);
    /// Logs the counts once their period is over. Cheap when there is nothing to do.
    void flush(BootTime now);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };

    const Log& log_;
    std::unordered_map<std::string, std::uint64_t, Hash, std::equal_to<>> denials_;
    std::uint64_t of_others_ = 0;
    BootTime period_end_{0};
};

} // namespace holdfast
