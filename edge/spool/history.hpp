#pragma once

#include "core/clock.hpp"
#include "core/reading.hpp"
#include "core/series.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::spool {

/// One stored value of a series, as its time is known now.
struct HistoryPoint {
    WallTime at;
    bool synchronised; ///< false: `at` is a guess of a clock that nobody had set
    double value;
    std::optional<Spread> spread; ///< what the value stands for, if thinning made it of several
    std::optional<WallTime> uncertainty{}; ///< of a guess: how far off at most, where known
};

/// What a part of the time asked for holds.
struct HistoryBucket {
    WallTime at; ///< of its first value
    bool synchronised;
    std::uint64_t count; ///< how many values were measured
    double least;
    double greatest;
    double mean;
};

/// Reads what a spool holds of a series, also while the daemon writes: neither waits for the other.
///
/// Values come in the order in which they were stored, boot by boot.
class History {
public:
    /// A value among all of its series. It stays the same while the spool is written, put together
    /// and trimmed; where thinning made one value of several, that one counts as their last.
    struct Place {
        std::int64_t boot;
        bool up; ///< among what goes up; false: among what stays
        BootTime at;
        std::uint64_t before; ///< how many values of that very time come before it

        bool operator==(const Place&) const noexcept = default;
    };

    struct Query {
        std::string series;                  ///< its name
        std::optional<WallTime> since;       ///< nothing: from the first
        std::optional<WallTime> until;       ///< exclusive; nothing: to the last
        std::optional<Place> from{};         ///< where a read went no further
        std::function<void()> interrupted{}; ///< asked at each block; what it throws ends the read
    };
    /// Answers whether it took the value and wants the next.
    using Visit = std::function<bool(const HistoryPoint&, const Series&)>;

    /// Throws Error where there is no spool that this version can read.
    explicit History(const std::filesystem::path& path);
    History(const History&) = delete;
    History& operator=(const History&) = delete;
    ~History();

    /// The names of all series.
    std::vector<std::string> series() const;

    /// Costs the blocks of the time asked for, of all series, and a few more. Answers the value
    /// that `visit` did not take, to go on there. Throws Error for an unknown series, naming the
    /// nearest.
    std::optional<Place> read(const Query& query, const Visit& visit) const;

    /// The same in at most `most` buckets of equal time; those without a value are left out.
    std::vector<HistoryBucket> downsample(const Query& query, std::size_t most) const;

private:
    class Reader;
    std::unique_ptr<Reader> reader_;
};

} // namespace holdfast::spool
