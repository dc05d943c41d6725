#include "edge/control/condition.hpp"

#include <algorithm>
#include <numeric>

namespace holdfast::control {

namespace {

/// Of a window of any length: readings that are closer together than a part of it give way to one
/// another, so that memory is bounded.
constexpr int most_kept_of_a_window = 1000;

} // namespace

void Test::start(BootTime at) noexcept {
    last_ = at;
}

void Test::reading(double value, BootTime at) {
    last_ = at;
    switch (rule_.source) {
    case Source::silence:
        return;
    case Source::latest:
    case Source::mean:
        seen_.emplace_back(at, value);
        if (seen_.size() > rule_.count) {
            seen_.pop_front();
        }
        return;
    case Source::change:
        break;
    }
    const auto step = rule_.window / most_kept_of_a_window;
    if (seen_.size() > 1 && at - seen_[seen_.size() - 2].first < step) {
        seen_.pop_back();
    }
    seen_.emplace_back(at, value);
    while (seen_.front().first < at - rule_.window) {
        seen_.pop_front();
    }
}

std::optional<double> Test::measured() const {
    switch (rule_.source) {
    case Source::latest:
        return seen_.empty() ? std::nullopt : std::optional(seen_.back().second);
    case Source::mean:
        if (seen_.size() < rule_.count) {
            return std::nullopt;
        }
        return std::accumulate(seen_.begin(), seen_.end(), 0.0,
                               [](double sum, const auto& seen) { return sum + seen.second; }) /
               static_cast<double>(seen_.size());
    case Source::change:
        return seen_.size() < 2 ? std::nullopt
                                : std::optional(seen_.back().second - seen_.front().second);
    case Source::silence:
        break;
    }
    return std::nullopt;
}

bool Test::compare(double value) const noexcept {
    const double slack = held_ ? hysteresis_ : 0;
    switch (rule_.comparison) {
    case Comparison::greater:
        return value > rule_.bound - slack;
    case Comparison::at_least:
        return value >= rule_.bound - slack;
    case Comparison::less:
        return value < rule_.bound + slack;
    case Comparison::at_most:
        return value <= rule_.bound + slack;
    case Comparison::equal:
        return value == rule_.bound;
    case Comparison::unequal:
        break;
    }
    return value != rule_.bound;
}

std::optional<bool> Test::holds(BootTime now) {
    if (rule_.source == Source::silence) {
        return now - last_ >= rule_.window;
    }
    const auto value = measured();
    if (!value) {
        return std::nullopt;
    }
    held_ = compare(*value);
    return held_;
}

std::optional<BootTime> Test::wake() const noexcept {
    return rule_.source == Source::silence ? std::optional(last_ + rule_.window) : std::nullopt;
}

std::set<std::string> Condition::series() const {
    std::set<std::string> series;
    for (const auto& test : tests_) {
        series.insert(test.rule().series);
    }
    return series;
}

void Condition::start(BootTime at) noexcept {
    for (auto& test : tests_) {
        test.start(at);
    }
}

void Condition::reading(const std::string& series, double value, BootTime at) {
    for (auto& test : tests_) {
        if (test.rule().series == series) {
            test.reading(value, at);
        }
    }
}

std::optional<bool> Condition::holds(BootTime now) {
    return holds(root_, now);
}

std::optional<bool> Condition::holds(const Node& node, BootTime now) {
    if (node.kind == Node::Kind::test) {
        return tests_[node.test].holds(now);
    }
    const bool decides = node.kind == Node::Kind::any; // one part that is this decides
    bool unknown = false;
    bool decided = false;
    for (const auto& part : node.parts) { // all of them, since each keeps its hysteresis
        const auto held = holds(part, now);
        unknown = unknown || !held;
        decided = decided || held == decides;
    }
    if (decided) {
        return decides;
    }
    return unknown ? std::nullopt : std::optional(!decides);
}

std::optional<BootTime> Condition::wake(BootTime now) const noexcept {
    std::optional<BootTime> next;
    for (const auto& test : tests_) {
        const auto wake = test.wake();
        if (wake && *wake > now && (!next || *wake < *next)) {
            next = wake;
        }
    }
    return next;
}

} // namespace holdfast::control
