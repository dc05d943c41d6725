#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/range_set.hpp"
#include "core/reading.hpp"
#include "core/series.hpp"
#include "edge/spool/error.hpp"
#include "edge/spool/loss.hpp"
#include "edge/spool/retention.hpp"
#include "edge/spool/salvage.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace holdfast::spool {

using SeriesId = std::int64_t;

/// One value to store. What is not `up` is kept as history and gets no Seq.
struct Sample {
    SeriesId series;
    double value; ///< finite
    BootTime at;
    bool up;

    bool operator==(const Sample&) const noexcept = default;
};

/// What append() takes. Messages always go up.
using Item = std::variant<Sample, Message>;

struct ReadingRow {
    SeriesId series; ///< Spool::series() knows its name, topic, unit and format
    double value;
    std::optional<Spread> spread{}; ///< of a thinned reading

    bool operator==(const ReadingRow&) const noexcept = default;
};

/// What read() gives back.
struct Entry {
    Seq seq;
    WallTime at;       ///< by what is known of its boot's clock now
    bool synchronised; ///< false: `at` is a guess of a clock that nobody had set
    std::variant<ReadingRow, Message> content;
    /// The numbers of the range asked for that a receipt of this entry proves: its own, and those
    /// that thinning put into it.
    SeqRange covers;
    std::int64_t boot; ///< counted in this spool
    BootTime since_boot;
    std::optional<WallTime> uncertainty{}; ///< of a guess: how far off at most, where known
};

struct Stats {
    std::uint64_t pending = 0;              ///< how many readings and messages have no receipt
    std::uint64_t file_bytes = 0;           ///< database and write-ahead log
    std::uint64_t free_bytes = 0;           ///< among them, to be used again
    std::uint64_t open_gaps = 0;            ///< that the cloud has not been told of
    std::uint64_t open_corrections = 0;     ///< clocks that became known, and the same
    std::map<GapKind, std::uint64_t> lost;  ///< readings and messages, since the file was made
    std::uint64_t written_bytes = 0;        ///< to the write-ahead log since the spool was opened
    std::optional<WallTime> oldest_pending; ///< nothing when all is proved
};

/// The store between sensors and cloud: readings and messages, numbered 1, 2, 3, … in an epoch.
///
/// - what append() returned from is on disk, whole and in order
/// - what has no receipt is deleted or thinned only by upkeep(), when it fills max_bytes alone and
///   when_full says so; each such loss is a gap, in the same transaction
/// - no two rows of an epoch have the same Seq, also not when all before were deleted
///
/// One process writes to a file at a time, from one thread at a time. All members throw DiskFull,
/// DatabaseBusy or DatabaseError where the file cannot be used; the object stays usable.
class Spool {
public:
    struct Options {
        std::string boot_id; ///< of this boot (core/clock.hpp)
        /// Of database and log together, kept within 5 %.
        std::uint64_t max_bytes = SizeLimit::unlimited;
        WhenFull when_full = WhenFull::thin;
    };

    /// Opens the file or creates it; its folder must exist. A damaged one is moved aside, and what
    /// can be read of it goes on in a new one: see salvaged(). Throws Error, with the path and what
    /// to do, for a file that is not a spool, is in use, or was made by a newer version; such a
    /// file is left as it is.
    Spool(const std::filesystem::path& path, const Options& options, const Log& log);
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;
    ~Spool();

    /// The number of this series, registered durably when it is new. A changed topic, unit or
    /// format makes a new series, so that older rows keep what they were measured with.
    SeriesId series(const Series& series);
    /// Throws Error for a number that series() never gave.
    const Series& series(SeriesId id) const;

    /// Stores all items in one transaction, durable when this returns, or throws and stores
    /// nothing. What goes up gets consecutive numbers in the order given; nothing when no item goes
    /// up. Throws Error for a value that is not finite or a series that is not registered, and
    /// SpoolFull where upkeep() has to make room first, or cannot.
    std::optional<SeqRange> append(std::span<const Item> items);

    /// Receipts: what was pending becomes history. Known at once in pending(), on disk with the
    /// next append() or save_receipts(); a crash before that costs duplicates, never loss. Each
    /// range costs a few rows, however large the backlog.
    void prove(const RangeSet& proved);
    /// Puts receipts on disk now, for times when nothing is appended.
    void save_receipts();

    const RangeSet& pending() const noexcept;
    /// Those of priority series among them: to be sent first.
    const RangeSet& urgent() const noexcept;
    /// The last number given, 0 when there is none.
    Seq last() const noexcept;
    /// Eight hexadecimal digits, random, made with the file.
    const std::string& epoch() const noexcept;

    /// What covers anything of the range, in order: at most max_rows entries and about max_bytes of
    /// topics and payloads, but at least one entry when there is any. A reading counts as 16 bytes.
    /// Costs the rows read plus one block, wherever the range lies.
    std::vector<Entry> read(SeqRange range, std::size_t max_rows, std::size_t max_bytes) const;
    /// The same one by one, where many would take much memory.
    void visit(SeqRange range, std::size_t max_rows, std::size_t max_bytes,
               const std::function<void(Entry)>& each) const;

    /// Wall time is the time of this boot plus `offset`, from now on and for all that was stored
    /// since this boot. `synchronised` says whether that clock is known to be right; once it was, a
    /// clock that is not is ignored. Then boots before it that nobody had set are put between those
    /// around them. Answers whether the clock of this boot is known now.
    bool set_clock(WallTime offset, bool synchronised);

    /// The wall time that has surely passed when `now` is the time since this boot, whatever a
    /// clock says that is not synchronised; zero where nothing is known. By it history grows old.
    WallTime surely_past(BootTime now) const;

    /// Deletes history (never what is pending) older than that, oldest first, and stops after about
    /// max_rows; answers how many went, so call again while it is not 0. The newest block stays:
    /// it remembers the last number. What a boot with an unset clock measured goes when something
    /// later, with a known time, is old enough.
    std::size_t trim(WallTime older_than, std::size_t max_rows);

    /// Checks so many pages (1 KiB) more of the file; answers whether a round through all of it is
    /// complete. Throws DatabaseDamaged: then mark_damaged(), and open the spool anew.
    bool scrub(std::size_t pages);
    /// What opening this spool saved of a damaged file, if that is what it did.
    const std::optional<Salvage>& salvaged() const noexcept;

    struct UpkeepDone {
        bool more = false;  ///< there is more to do: call again soon
        RangeSet dropped{}; ///< given up, and no longer pending
    };
    /// One short step of what keeps the file small: makes room when max_bytes is near, deletes
    /// history older than `keep_since`, gives pages back, puts small blocks together. Rows in
    /// `busy` (handed over and not proved) are neither thinned nor dropped: their receipts would
    /// prove something else.
    UpkeepDone upkeep(WallTime keep_since, const RangeSet& busy);

    /// Notes what was measured in this boot and never came here.
    void add_gaps(GapKind kind, std::span<const Loss> losses);
    /// Stores what the cloud must be told, as messages that go up before all others: gaps
    /// and corrections of clocks, at most 100 of each. The range holds them.
    std::optional<SeqRange> send_notices();

    Stats stats() const;

private:
    class Store;

    std::unique_ptr<Store> store_;
};

} // namespace holdfast::spool
