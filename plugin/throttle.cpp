#include "plugin/throttle.hpp"

#include <utility>

namespace holdfast {

Throttle::Throttle(TellCount tell_count)
    : tell_count_(std::move(tell_count)) {}

bool Throttle::admit(std::string_view source, BootTime now) {
    flush(now);
    if (counts_.empty()) {
        period_end_ = now + period;
    }
    auto found = counts_.find(source);
    if (found == counts_.end()) {
        if (counts_.size() >= most_sources) {
            ++of_others_;
            return false;
        }
        found = counts_.emplace(source, 0).first;
    }
    return ++found->second <= told_per_source;
}

void Throttle::flush(BootTime now) {
    if (counts_.empty() || now < period_end_) {
        return;
    }
    for (const auto& [source, count] : counts_) {
        if (count > told_per_source) {
            tell_count_(source, count - told_per_source);
        }
    }
    if (of_others_ > 0) {
        tell_count_(std::nullopt, of_others_);
    }
    counts_.clear();
    of_others_ = 0;
}

} // namespace holdfast
