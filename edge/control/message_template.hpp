#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::control {

/// A text with places for values, such as `{"CO2":${CO2},"danger":${raised(amber, red)}}`. Pure.
///
/// - `${SERIES}` is the last reading of a sensor, as a number
/// - `${raised(ALARM, …)}` is how many of these alarms are raised
/// - everything else is as it stands; a `$` that no brace follows is a `$`
class MessageTemplate {
public:
    /// Throws Error saying what is wrong, and where.
    static MessageTemplate parse(std::string_view text);

    const std::set<std::string>& series() const noexcept { return series_; }
    const std::set<std::string>& alarms() const noexcept { return alarms_; }

    struct Values {
        std::function<std::optional<double>(const std::string& series)> reading;
        std::function<bool(const std::string& alarm)> raised;
    };

    /// The finished text, or nothing while a reading is missing.
    std::optional<std::string> render(const Values& values) const;

private:
    struct Part {
        enum class Kind { text, series, raised };

        Kind kind;
        std::string text{};                ///< as it stands, or the series
        std::vector<std::string> alarms{}; ///< for raised
    };

    static Part place(std::string_view inside);

    std::vector<Part> parts_;
    std::set<std::string> series_;
    std::set<std::string> alarms_;
};

} // namespace holdfast::control
