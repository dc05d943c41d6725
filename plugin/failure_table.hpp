#pragma once

#include "core/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace holdfast {

/// Counts failures by key and locks a key for longer with each. It never grows: a key that finds
/// its place taken drives out the one there that has been quiet for longest.
class FailureTable {
public:
    struct Delays {
        unsigned free;     ///< this failure brings the first lock
        BootTime first;    ///< it lasts so long; each later failure doubles it
        BootTime longest;  ///< but not beyond this
        BootTime forgiven; ///< after so long without a failure all is forgotten; over `longest`
    };
    /// Evenly spread and not to be foreseen by those who cause failures. 0 is no key.
    using Key = std::uint64_t;

    /// `places` is rounded up to a whole number of sets.
    FailureTable(Delays delays, std::size_t places);

    bool locked(Key key, BootTime now) const noexcept;
    /// Takes the memory of all places with the first failure; beyond that it does not allocate.
    void failed(Key key, BootTime now);
    void forget(Key key) noexcept;
    void forget_all() noexcept;

private:
    struct Entry {
        Key key = 0;
        unsigned failures = 0;
        BootTime last{0};
        BootTime locked_until{0};
    };
    using Set = std::array<Entry, 8>;

    std::size_t place_of(Key key) const noexcept { return key % set_count_; }
    const Entry* find(Key key) const noexcept;
    BootTime delay_after(unsigned failures) const noexcept;

    Delays delays_;
    std::size_t set_count_;
    std::vector<Set> sets_; // all of them or none
};

} // namespace holdfast
