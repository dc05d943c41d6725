#pragma once

#include "core/log.hpp"
#include "edge/storage.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::edge {

/// Group commit: collects readings and messages, and puts them on disk together.
///
/// - a group closes when its oldest item is `lose_at_most` old, or when it is large
/// - only what is on disk is passed on: to local topics, to the uplink, as an acknowledgement
/// - while the disk refuses (full, failing), the group is kept and tried again with a growing
/// pause;
///   up to `most_waiting` items wait in memory behind it, and readings beyond that are dropped,
///   loudly, and noted in the spool as a gap as soon as it takes something again
class Recorder {
public:
    /// Where a group went.
    struct Stored {
        std::optional<SeqRange> range; ///< the items that go up, in their order
        RangeSet urgent;               ///< those of priority series among them
    };

    struct Handlers {
        /// The group is on disk.
        std::function<void(const std::vector<spool::Item>&, const Stored&)> committed;
        /// A group with messages is about to be written: let no more messages come...
        std::function<void()> hold;
        /// ...until it is on disk: every message that came so far may be acknowledged. Never called
        /// for a group without messages, during whose writing messages may have come.
        std::function<void()> acknowledge;
        /// The disk refuses, and why, or takes readings again: then it is empty.
        std::function<void(const std::string&)> trouble;
    };

    Recorder(boost::asio::io_context& loop, Storage& storage,
             std::chrono::milliseconds lose_at_most, Handlers handlers, Log log);

    void add(spool::Item item);
    /// Writes what waits, and calls `done` once it is on disk or the disk has refused it: at once,
    /// also in the pause after a refusal.
    void flush(std::function<void()> done);

    std::size_t waiting() const noexcept { return group_.size() + next_.size(); }
    std::uint64_t dropped() const noexcept { return dropped_; }
    /// Why the disk refuses, or empty.
    const std::string& trouble() const noexcept { return trouble_; }

    static constexpr std::size_t most_waiting = 50'000;

private:
    void close();
    void write();
    void written(const Stored& stored);
    void drop(const spool::Sample& sample);
    void note_dropped();
    void set_trouble(const std::string& reason);
    void refused(const std::exception_ptr& error);

    Storage& storage_;
    std::chrono::milliseconds lose_at_most_;
    Handlers handlers_;
    Log log_;
    boost::asio::steady_timer timer_;

    std::vector<spool::Item> next_;  ///< the group that is open
    std::vector<spool::Item> group_; ///< the group that is being written
    bool writing_ = false;
    bool armed_ = false;
    bool pausing_ = false; ///< the disk has refused the group, and the next try is not due yet
    std::chrono::seconds pause_{0};
    std::string trouble_;
    std::uint64_t dropped_ = 0;
    std::map<spool::SeriesId, spool::Loss> unnoted_; ///< what was dropped and is no gap yet
    std::function<void()> flushed_;
};

} // namespace holdfast::edge
