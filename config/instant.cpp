#include "config/instant.hpp"

#include "config/quantity.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <optional>

namespace holdfast::config {

namespace {

class DateReader {
public:
    explicit DateReader(std::string_view text) noexcept
        : left_(text) {}

    bool at_end() const noexcept { return left_.empty(); }

    bool take(char wanted) noexcept {
        if (left_.empty() || left_.front() != wanted) {
            return false;
        }
        left_.remove_prefix(1);
        return true;
    }

    /// A number of just so many digits.
    std::optional<int> digits(std::size_t count) noexcept {
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (i >= left_.size() || left_[i] < '0' || left_[i] > '9') {
                return std::nullopt;
            }
            value = value * 10 + (left_[i] - '0');
        }
        left_.remove_prefix(count);
        return value;
    }

    /// What follows a decimal point, to the microsecond.
    std::optional<WallTime> fraction() noexcept {
        WallTime value(0);
        WallTime place(100'000);
        const auto before = left_.size();
        while (const auto digit = digits(1)) {
            value += place * *digit;
            place /= 10;
        }
        return left_.size() < before ? std::optional(value) : std::nullopt;
    }

private:
    std::string_view left_;
};

std::optional<WallTime> read_day(DateReader& text) {
    const auto year = text.digits(4);
    const bool dash = text.take('-');
    const auto month = text.digits(2);
    const bool second_dash = text.take('-');
    const auto day = text.digits(2);
    if (!year || !dash || !month || !second_dash || !day) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    return date.ok() ? std::optional(WallTime(std::chrono::sys_days(date).time_since_epoch()))
                     : std::nullopt;
}

std::optional<WallTime> read_time(DateReader& text) {
    const auto hour = text.digits(2);
    const bool colon = text.take(':');
    const auto minute = text.digits(2);
    if (!hour || !colon || !minute || *hour > 23 || *minute > 59) {
        return std::nullopt;
    }
    WallTime time = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
    if (text.take(':')) {
        const auto second = text.digits(2);
        const auto fraction = text.take('.') ? text.fraction() : WallTime(0);
        if (!second || *second > 60 || !fraction) { // 60: a leap second
            return std::nullopt;
        }
        time += std::chrono::seconds(*second) + *fraction;
    }
    text.take('Z');
    return time;
}

std::optional<WallTime> read_date(std::string_view text) {
    DateReader reader(text);
    const auto day = read_day(reader);
    if (!day || reader.at_end()) {
        return day;
    }
    const auto time = reader.take('T') ? read_time(reader) : std::nullopt;
    return time && reader.at_end() ? std::optional(*day + *time) : std::nullopt;
}

} // namespace

WallTime parse_instant(std::string_view text, WallTime now) {
    if (text == "now") {
        return now;
    }
    if (const auto date = read_date(text)) {
        return *date;
    }
    try {
        return now - parse_duration(text);
    } catch (const Error&) {
        throw Error(
            fmt::format("{} is no time: write how long ago ('2h', '1.5d'), or a moment in UTC "
                        "('2026-11-21', '2026-11-21T08:00:00Z')",
                        quoted(text)));
    }
}

} // namespace holdfast::config
