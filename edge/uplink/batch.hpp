#pragma once

#include "core/range_set.hpp"
#include "core/reading.hpp"
#include "core/series.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace holdfast::uplink {

/// A row of the spool on its way up.
struct Row {
    struct Measured {
        std::reference_wrapper<const Series> series; ///< must live on
        double value;
        std::optional<Spread> spread{}; ///< of a value that stands for several, their mean
    };

    Seq seq;
    WallTime at;
    std::variant<Measured, Message> content;
    SeqRange covers{seq, seq}; ///< what a receipt of it proves
    /// Set where `at` is a guess: what a later correction needs.
    struct Guess {
        std::int64_t boot; ///< counted in this spool
        BootTime since_boot;
        std::optional<WallTime> uncertainty{}; ///< how far off at most, where known

        bool operator==(const Guess&) const noexcept = default;
    };
    std::optional<Guess> guess{};
};

/// One message for the cloud and the rows it carries. It always travels with QoS 1: what was
/// captured with QoS 0 has been kept, and is not to be lost on the way for that.
struct Batch {
    std::string topic; ///< below `holdfast/up/` here and `<site>/` at the cloud
    std::string payload;
    bool retain = false;
    RangeSet rows;
    /// Whether no other message will ever have this topic and payload, so that any echo proves it.
    bool unique = false;
};

} // namespace holdfast::uplink
