#pragma once

#include "edge/spool/gap_table.hpp"
#include "edge/spool/pending_ranges.hpp"
#include "edge/spool/retention.hpp"
#include "edge/spool/stretch.hpp"

#include <map>
#include <optional>

namespace holdfast::spool {

/// The parts of a spool that upkeep works on.
struct SpoolParts {
    Database& database;
    const BlockTables& blocks;
    PendingRanges& pending;
    GapTable& gaps;
    const BootClocks& clocks;
    const SeriesTable& series;
};

/// Keeps the file within its bounds, one short step at a time.
class Upkeep {
public:
    Upkeep(SpoolParts parts, const SizeLimit& limit, WhenFull when_full);

    /// What one step did.
    struct Step {
        bool more = false; ///< whether there is more to do at once
        RangeSet dropped{};
    };

    /// The first thing that is due: giving pages back, making room, deleting old history, putting
    /// small blocks together. `last` is the last number given.
    Step step(WallTime keep_since, const RangeSet& busy, Seq last);
    /// Something was stored.
    void appended() noexcept {
        ++appends_;
        wanted_bytes_ = 0;
    }
    /// Something found no room.
    void wants(std::uint64_t bytes) noexcept { wanted_bytes_ = bytes; }

private:
    Step make_room(const RangeSet& busy, Seq last);
    Step remedy(Remedy remedy, const RangeSet& busy, Seq last);
    bool thin(bool priority, const RangeSet& busy);
    bool thin_level(const StretchFilter& filter, const RangeSet& busy);
    bool thin_stretch(const Stretch& stretch);
    RangeSet drop(bool priority, const RangeSet& busy, Seq last);
    std::vector<unsigned> levels(bool priority) const;

    SpoolParts parts_;
    SizeLimit limit_;
    WhenFull when_full_;
    StretchFinder finder_;
    std::map<std::pair<bool, unsigned>, Seq> resume_; ///< behind stretches that gained nothing
    unsigned appends_ = 0;
    std::uint64_t wanted_bytes_ = 0;
    bool worth_compacting_ = true;
};

/// The size of the file as it is now.
FileSize file_size(const Database& database);

} // namespace holdfast::spool
