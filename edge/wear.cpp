#include "edge/wear.hpp"

#include <fstream>
#include <string>

namespace holdfast::edge {

namespace {

using namespace std::chrono_literals;

constexpr auto window = 1h;
constexpr auto spacing = 10s;
constexpr auto least_time = 1min;

} // namespace

void WearMeter::add(BootTime now, std::uint64_t written_bytes, std::uint64_t stored) {
    const Sample sample{now, written_bytes, stored};
    if (samples_.size() < 2 || samples_.back().at - samples_[samples_.size() - 2].at >= spacing) {
        samples_.push_back(sample);
    } else {
        samples_.back() = sample;
    }
    while (samples_.size() > 2 && now - samples_.front().at > window) {
        samples_.pop_front();
    }
}

std::optional<double> WearMeter::bytes_per_reading() const noexcept {
    if (samples_.size() < 2 || samples_.back().stored == samples_.front().stored) {
        return std::nullopt;
    }
    return static_cast<double>(samples_.back().written_bytes - samples_.front().written_bytes) /
           static_cast<double>(samples_.back().stored - samples_.front().stored);
}

std::optional<double> WearMeter::bytes_per_day() const noexcept {
    if (samples_.empty() || samples_.back().at - samples_.front().at < least_time) {
        return std::nullopt;
    }
    const std::chrono::duration<double> took = samples_.back().at - samples_.front().at;
    const std::chrono::duration<double> day = 24h;
    return static_cast<double>(samples_.back().written_bytes - samples_.front().written_bytes) *
           (day / took);
}

std::optional<std::uint64_t> bytes_written_by_this_process() {
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uint64_t value = 0;
    while (io >> name >> value) {
        if (name == "write_bytes:") {
            return value;
        }
    }
    return std::nullopt;
}

} // namespace holdfast::edge
