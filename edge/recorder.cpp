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
        if (dropped_++ % 1000 == 0) {
            log_.error("reading dropped: the spool does not take any and memory is full",
                       {{"dropped", dropped_}, {"reason", trouble_}});
        }
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
    if (!writing_) {
        close();
    }
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
    storage_.run([this](spool::Spool& spool) { return spool.append(group_); },
                 [this](std::optional<SeqRange> range) { written(range); },
                 [this](const std::exception_ptr& error) { refused(error); });
}

void Recorder::written(std::optional<SeqRange> range) {
    writing_ = false;
    if (!trouble_.empty()) {
        log_.notice("the spool takes readings again", {{"waiting", waiting()}});
        trouble_.clear();
    }
    pause_ = std::chrono::seconds(0);
    const auto stored = std::exchange(group_, {});
    handlers_.committed(stored, range);
    if (has_messages(stored)) {
        handlers_.acknowledge();
    }
    // What came during the commit is at least as old as the commit took: its turn is now.
    if (!next_.empty() || flushed_) {
        close();
    }
}

void Recorder::refused(const std::exception_ptr& error) {
    const auto reason = message_of(error);
    if (reason != trouble_) {
        log_.error("the spool does not take readings: they wait in memory and are tried again",
                   {{"reason", reason}, {"waiting", waiting()}});
        trouble_ = reason;
    }
    if (auto done = std::exchange(flushed_, nullptr)) {
        done();
        return;
    }
    pause_ = std::clamp(pause_ * 2, std::chrono::seconds(1), longest_pause);
    timer_.expires_after(pause_);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            write();
        }
    });
}

} // namespace holdfast::edge
