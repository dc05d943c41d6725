#include "edge/sensors/w1_scratchpad.hpp"

#include "core/text.hpp"

#include <charconv>

namespace holdfast::sensors {

namespace {

constexpr long power_on_millidegrees = 85'000;

bool all_zero(std::string_view line) {
    const auto bytes = line.substr(0, line.find(':'));
    return bytes.find_first_not_of("0 ") == std::string_view::npos;
}

ParsedLine fault(std::string reason) {
    return {std::nullopt, std::move(reason)};
}

} // namespace

ParsedLine parse_w1_slave(std::string_view content) {
    const auto lines = split(content, '\n');
    const auto first = trim(lines.front());
    if (first.empty() || lines.size() < 2) {
        return fault("it does not hold the two lines of a thermometer");
    }
    if (first.size() < 4 || first.substr(first.size() - 4) != " YES") {
        return fault("the check sum is wrong: a long or loose wire, or no pull-up resistor");
    }
    if (all_zero(first)) {
        return fault("it answers with zeros alone: the data line is shorted");
    }
    const auto at = lines[1].find("t=");
    if (at == std::string_view::npos) {
        return fault("it gives no temperature (t=…)");
    }
    const auto digits = trim(lines[1].substr(at + 2));
    long millidegrees = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, millidegrees);
    if (error != std::errc() || rest != end) {
        return fault("its temperature is not a number");
    }
    if (millidegrees == power_on_millidegrees) {
        return fault("85 degrees is what it says before it has measured: its power failed");
    }
    return {static_cast<double>(millidegrees) / 1000};
}

} // namespace holdfast::sensors
