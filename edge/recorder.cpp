#include "edge/recorder.hpp"

#include <algorithm>
#include <variant>

namespace holdfast::edge {

namespace {

constexpr std::size_t largest_group = 2000;
constexpr std::chrono::seconds longest_pause{30};

bool has_messages(const std::vector<spool::Item>& group) {
    return std::any_of(group.begin(), group.end(), [](const spool::Item& item) {
        return std::holds_alternative<Message>(item);
    });
}

} // namespace

Recorder::Recorder(boost::asio::io_context& loop, Storage& storage,
                   std::chrono::milliseconds lose_at_most, Handlers handlers, Log log)
    : storage_(storage)
    , lose_at_most_(lose_at_most)
    , handlers_(std::move(handlers))
    , log_(std::move(log))
    , timer_(loop) {}

void Recorder::add(spool::Item item) {
    // Messages are never dropped: their devices have no acknowledgement yet, and hold() has
    // stopped their flow.
    if (next_.size() >= most_waiting && std::holds_alternative<spool::Sample>(item)) {
        drop(std::get<spool::Sample>(item));
        return;
    }
    next_.push_back(std::move(item));
    if (writing_) {
        return;
    }
    if (next_.size() >= largest_group || lose_at_most_ == std::chrono::milliseconds::zero()) {
        close();
    } else if (!armed_) {
        armed_ = true;
        timer_.expires_after(lose_at_most_);
        timer_.async_wait([this](const boost::system::error_code& cancelled) {
            if (!cancelled) {
                close();
            }
        });
    }
}

void Recorder::flush(std::function<void()> done) {
    flushed_ = std::move(done);
    if (pausing_) {
        timer_.cancel();
        write();
    } else if (!writing_) {
        close();
    }
}

void Recorder::drop(const spool::Sample& sample) {
    if (dropped_++ % 1000 == 0) {
        log_.error("reading dropped: the spool does not take any and memory is full",
                   {{"dropped", dropped_}, {"reason", trouble_}});
    }
    auto& loss = unnoted_[sample.series];
    loss.series = sample.series;
    loss.add(sample.value, sample.at);
}

void Recorder::note_dropped() {
    std::vector<spool::Loss> losses;
    for (const auto& [series, loss] : std::exchange(unnoted_, {})) {
        losses.push_back(loss);
    }
    storage_.run(
        [losses](spool::Spool& spool) { spool.add_gaps(spool::GapKind::refused, losses); }, [] {},
        [this, losses](const std::exception_ptr& error) {
            log_.warning("dropped readings could not be noted yet",
                         {{"reason", message_of(error)}});
            for (const auto& loss : losses) {
                auto& unnoted = unnoted_[loss.series];
                unnoted.series = loss.series;
                unnoted.add(loss.mean, loss.last,
                            {loss.count, loss.least, loss.greatest, loss.last - loss.first});
            }
        });
}

void Recorder::close() {
    armed_ = false;
    timer_.cancel();
    if (next_.empty()) {
        if (auto done = std::exchange(flushed_, nullptr)) {
            done();
        }
        return;
    }
    group_ = std::exchange(next_, {});
    if (has_messages(group_)) {
        handlers_.hold();
    }
    write();
}

void Recorder::write() {
    writing_ = true;
    pausing_ = false;
    storage_.run(
        [this](spool::Spool& spool) {
            const auto range = spool.append(group_);
            return Stored{range, range ? spool.urgent().within(*range) : RangeSet{}};
        },
        [this](const Stored& stored) { written(stored); },
        [this](const std::exception_ptr& error) { refused(error); });
}

void Recorder::written(const Stored& stored) {
    writing_ = false;
    if (!trouble_.empty()) {
        log_.notice("the spool takes readings again", {{"waiting", waiting()}});
        set_trouble({});
    }
    if (!unnoted_.empty()) {
        note_dropped();
    }
    pause_ = std::chrono::seconds(0);
    const auto group = std::exchange(group_, {});
    handlers_.committed(group, stored);
    if (has_messages(group)) {
        handlers_.acknowledge();
    }
    // What came during the commit is at least as old as the commit took: its turn is now.
    if (!next_.empty() || flushed_) {
        close();
    }
}

void Recorder::set_trouble(const std::string& reason) {
    trouble_ = reason;
    handlers_.trouble(reason);
}

void Recorder::refused(const std::exception_ptr& error) {
    const auto reason = message_of(error);
    if (reason != trouble_) {
        log_.error("the spool does not take readings: they wait in memory and are tried again",
                   {{"reason", reason}, {"waiting", waiting()}});
        set_trouble(reason);
    }
    if (auto done = std::exchange(flushed_, nullptr)) {
        done();
        return;
    }
    pausing_ = true;
    pause_ = std::clamp(pause_ * 2, std::chrono::seconds(1), longest_pause);
    timer_.expires_after(pause_);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            write();
        }
    });
}

} // namespace holdfast::edge
