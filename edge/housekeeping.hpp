#pragma once

#include "core/log.hpp"
#include "core/range_set.hpp"
#include "edge/storage.hpp"
#include "edge/wear.hpp"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace holdfast::edge {

/// What the spool needs beside readings, once a second: its clock set, its pages checked, its file
/// kept small, its gaps sent, its figures taken; and to be opened anew when it is damaged.
class Housekeeping {
public:
    struct Handlers {
        /// What has been handed over and has no receipt: upkeep must leave it alone.
        std::function<RangeSet()> busy;
        /// Given up by a full spool.
        std::function<void(const RangeSet&)> dropped;
        /// Whether what is stored now can go up now.
        std::function<bool()> link;
        /// Gaps and corrections of clocks were stored, to go up before all else.
        std::function<void(const SeqRange&)> notices;
        /// The clock of this boot is known.
        std::function<void()> clock_known;
        /// For people: `holdfast/alert/spool`.
        std::function<void(const std::string& text)> alert;
        /// The spool must be closed and opened anew, which salvages it. Called once.
        std::function<void()> damaged;
    };

    struct Settings {
        std::filesystem::path path;
        std::chrono::microseconds keep_history;
    };

    Housekeeping(boost::asio::io_context& loop, Storage& storage, Settings settings,
                 Handlers handlers, Log log);

    /// To be called once a second, with how many items were stored since the daemon started.
    void tick(std::uint64_t committed);
    void set_clock();
    void stop();

    /// As of the last ticks.
    const spool::Stats& stats() const noexcept { return stats_; }
    const WearMeter& wear() const noexcept { return wear_; }
    bool clock_synchronised() const noexcept { return clock_synchronised_; }

private:
    void scrub();
    void salvage(const std::string& reason);
    void take_figures(std::uint64_t committed);
    void complain(const std::exception_ptr& error);
    void keep_up();
    void send_notices();

    Storage& storage_;
    Settings settings_;
    Handlers handlers_;
    Log log_;
    boost::asio::steady_timer pause_;

    spool::Stats stats_{};
    WearMeter wear_;
    std::string complaint_; ///< what the upkeep last failed with
    bool keeping_up_ = false;
    std::uint64_t ticks_ = 0;
    std::uint64_t next_notices_ = 0;
    std::optional<WallTime> clock_offset_;
    bool clock_synchronised_ = false;
    bool damage_found_ = false;
};

} // namespace holdfast::edge
