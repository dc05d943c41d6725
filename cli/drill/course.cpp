#include "cli/drill/course.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace holdfast::cli::drill {

namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

/// While the link stays up although it was cut: the bridge may have been between two sessions.
constexpr milliseconds cut_again{500};
/// A status comes at least with each change, and a live appliance changes all the time.
constexpr std::chrono::seconds begin_within{20};

std::uint64_t sum(const nlohmann::json& counts) {
    std::uint64_t total = 0;
    for (const auto& count : counts) {
        total += count.get<std::uint64_t>();
    }
    return total;
}

} // namespace

std::optional<View> View::parse(const std::string& text) {
    const auto json = nlohmann::json::parse(text, nullptr, false);
    if (!json.is_object() || !json.contains("spool") || !json.contains("uplink")) {
        return std::nullopt;
    }
    try {
        const auto& spool = json["spool"];
        View view;
        view.epoch = spool.at("epoch").get<std::string>();
        view.last = spool.at("last_seq").get<Seq>();
        view.lost = sum(spool.at("lost"));
        view.pending = json["uplink"].at("pending").get<std::uint64_t>();
        return view;
    } catch (const nlohmann::json::exception&) {
        return std::nullopt;
    }
}

void Course::status(const View& view, Time now) {
    if (view_ && view_->epoch != view.epoch) {
        view_ = view;
        return end("the daemon began a new spool meanwhile");
    }
    view_ = view;
    result_.buffered = std::max(result_.buffered, view.pending);
    if (phase_ == Phase::waiting) {
        begin(now);
    }
    if (phase_ == Phase::catching_up) {
        // The first status after the outage says what was stored in it.
        result_.last = result_.last == 0 ? view.last : result_.last;
        result_.lost = view.lost - lost_before_;
    }
}

void Course::link(bool up, Time now) {
    link_ = up;
    if (phase_ == Phase::waiting) {
        begin(now);
    }
    if (phase_ == Phase::cut && up) {
        next_cut_ = now;
    }
    if (phase_ == Phase::catching_up && up && result_.link_after == milliseconds(0)) {
        result_.link_after = in_phase(now);
    }
}

void Course::tick(Time now) {
    if (!started_) {
        started_ = now;
    }
    if (phase_ == Phase::waiting && now - *started_ >= begin_within) {
        end(!view_                   ? "the daemon does not tell its status"
            : !link_.value_or(false) ? "the link to the cloud is down already"
                                     : "");
    }
    if (phase_ == Phase::cut && now - phase_start_ >= outage_) {
        restore(now);
    }
    if (phase_ == Phase::catching_up && now - phase_start_ >= patience_) {
        end(link_.value_or(false) ? "not everything has its receipt in time"
                                  : "the link did not come back in time");
    }
}

void Course::unreachable(const std::string& reason) {
    // Later it may be a restart, and the daemon goes on as well.
    if (phase_ == Phase::waiting) {
        end("the local broker cannot be used: " + reason);
    }
}

void Course::interrupt(Time now) {
    if (phase_ == Phase::cut) {
        return restore(now);
    }
    end("interrupted");
}

bool Course::wants_cut(Time now) {
    if (phase_ != Phase::cut || !link_.value_or(false) || now < next_cut_) {
        return false;
    }
    next_cut_ = now + cut_again;
    ++result_.cuts;
    return true;
}

milliseconds Course::in_phase(Time now) const {
    return duration_cast<milliseconds>(now - phase_start_);
}

void Course::begin(Time now) {
    if (!view_ || !link_.value_or(false)) {
        return;
    }
    phase_ = Phase::cut;
    phase_start_ = now;
    next_cut_ = now;
    lost_before_ = view_->lost;
    result_.first = view_->last + 1;
    result_.buffered = 0;
}

void Course::restore(Time now) {
    phase_ = Phase::catching_up;
    result_.outage = in_phase(now);
    phase_start_ = now;
}

std::optional<SeqRange> Course::stored() const {
    if (phase_ != Phase::catching_up || result_.last == 0) {
        return std::nullopt;
    }
    return SeqRange{result_.first, result_.last};
}

void Course::missing(std::uint64_t rows, Time now) {
    result_.missing = rows;
    if (rows == 0 && link_.value_or(false)) {
        result_.proved_after = in_phase(now);
        end(result_.lost == 0 ? "" : "the spool was full and gave up readings");
    }
}

void Course::end(std::string trouble) {
    if (phase_ != Phase::over) {
        phase_ = Phase::over;
        result_.trouble = std::move(trouble);
    }
}

} // namespace holdfast::cli::drill
