#include "edge/housekeeping.hpp"

#include "core/clock.hpp"

#include <utility>

namespace holdfast::edge {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t ticks_between_notices = 60;
// Between two steps of the upkeep, so that readings come in between.
constexpr auto upkeep_pause = 20ms;
// A pace of 64 KiB/s: a spool of 512 MiB is read through in about two hours.
constexpr std::size_t pages_per_scrub = 64;
// A clock that is corrected by less than this is only being disciplined.
constexpr WallTime clock_step = 20ms;

} // namespace

Housekeeping::Housekeeping(boost::asio::io_context& loop, Storage& storage, Settings settings,
                           Handlers handlers, Log log)
    : storage_(storage)
    , settings_(std::move(settings))
    , handlers_(std::move(handlers))
    , log_(std::move(log))
    , pause_(loop) {
    storage_.on_damage([this](const std::string& reason) { salvage(reason); });
}

void Housekeeping::tick(std::uint64_t committed) {
    set_clock();
    scrub();
    take_figures(committed);
    if (!keeping_up_) {
        keep_up();
    }
    send_notices();
    ++ticks_;
}

void Housekeeping::stop() {
    pause_.cancel();
}

/// Readings know only the time since boot; what that is in wall time can be learnt later.
void Housekeeping::set_clock() {
    const auto offset = wall_now() - boot_now();
    const bool synchronised = holdfast::clock_synchronised();
    if (clock_offset_ && synchronised == clock_synchronised_ &&
        std::chrono::abs(offset - *clock_offset_) < clock_step) {
        return;
    }
    clock_offset_ = offset;
    clock_synchronised_ = synchronised;
    storage_.run([offset, synchronised](
                     spool::Spool& spool) { return spool.set_clock(offset, synchronised); },
                 [this](bool known) {
                     if (known) {
                         handlers_.clock_known();
                     }
                 },
                 [this](const std::exception_ptr& error) {
                     clock_offset_.reset(); // again with the next tick
                     complain(error);
                 });
}

void Housekeeping::scrub() {
    storage_.run([](spool::Spool& spool) { spool.scrub(pages_per_scrub); }, [] {},
                 [this](const std::exception_ptr& error) {
                     log_.error("the spool could not be checked", {{"reason", message_of(error)}});
                 });
}

void Housekeeping::salvage(const std::string& reason) {
    if (std::exchange(damage_found_, true)) {
        return;
    }
    log_.error("the spool is damaged: it is opened anew", {{"reason", reason}});
    handlers_.alert(reason);
    try {
        spool::mark_damaged(settings_.path, reason);
    } catch (const Error& error) {
        log_.error("the damage could not be noted", {{"reason", error.what()}});
    }
    handlers_.damaged();
}

void Housekeeping::take_figures(std::uint64_t committed) {
    storage_.run([](const spool::Spool& spool) { return spool.stats(); },
                 [this](const spool::Stats& stats) { stats_ = stats; },
                 [this](const std::exception_ptr& error) { complain(error); });
    if (const auto written = bytes_written_by_this_process()) {
        wear_.add(boot_now(), *written, committed);
    }
}

/// Says once what happens every second.
void Housekeeping::complain(const std::exception_ptr& error) {
    if (const auto reason = message_of(error); reason != complaint_) {
        log_.warning("the spool cannot be kept up", {{"reason", reason}});
        complaint_ = reason;
    }
}

/// One step, and the next ones soon while there is more to do.
void Housekeeping::keep_up() {
    keeping_up_ = true;
    // What is claimed later is read later, and reads what this step leaves.
    storage_.run(
        [keep = settings_.keep_history, busy = handlers_.busy()](spool::Spool& spool) {
            return spool.upkeep(spool.surely_past(boot_now()) - keep, busy);
        },
        [this](const spool::Spool::UpkeepDone& done) {
            complaint_.clear();
            keeping_up_ = done.more;
            handlers_.dropped(done.dropped);
            if (done.more) {
                pause_.expires_after(upkeep_pause);
                pause_.async_wait([this](const boost::system::error_code& cancelled) {
                    if (!cancelled) {
                        keep_up();
                    }
                });
            }
        },
        [this](const std::exception_ptr& error) {
            keeping_up_ = false;
            complain(error);
        });
}

/// When the link has come, and then once in a while: while it is away they grow instead.
void Housekeeping::send_notices() {
    if (!handlers_.link()) {
        next_notices_ = ticks_;
        return;
    }
    if (stats_.open_gaps + stats_.open_corrections == 0 || ticks_ < next_notices_) {
        return;
    }
    next_notices_ = ticks_ + ticks_between_notices;
    storage_.run([](spool::Spool& spool) { return spool.send_notices(); },
                 [this](const std::optional<SeqRange>& range) {
                     if (range) {
                         handlers_.notices(*range);
                     }
                 },
                 [this](const std::exception_ptr& error) { complain(error); });
}

} // namespace holdfast::edge
