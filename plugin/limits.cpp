#include "plugin/limits.hpp"

#include "config/quantity.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <vector>

namespace holdfast {

namespace {

constexpr std::int64_t most_messages = 1'000'000;
constexpr std::int64_t most_subscriptions = 1'000'000;

std::vector<std::string_view> words_of(std::string_view text) {
    auto words = split(text, ' ');
    std::erase(words, "");
    return words;
}

std::chrono::seconds parse_period(std::string_view unit) {
    if (unit == "s") {
        return std::chrono::seconds(1);
    }
    if (unit == "min") {
        return std::chrono::minutes(1);
    }
    if (unit == "h") {
        return std::chrono::hours(1);
    }
    throw Error(fmt::format("unknown time {}; it is s, min or h", quoted(unit)));
}

std::uint32_t parse_count(std::string_view text) {
    return static_cast<std::uint32_t>(config::parse_integer(text, 1, most_messages));
}

Limits::Publish parse_publish(const std::vector<std::string_view>& words, unsigned line) {
    const bool has_burst = words.size() == 4 && words[2] == "burst";
    const auto slash = words.size() > 1 ? words[1].find('/') : std::string_view::npos;
    if ((words.size() != 2 && !has_burst) || slash == std::string_view::npos) {
        throw Error("a line reads: limit publish 10/s burst 50");
    }
    const auto messages = parse_count(words[1].substr(0, slash));
    return {line, messages, parse_period(words[1].substr(slash + 1)),
            has_burst ? parse_count(words[3]) : messages};
}

bool is_slower(const Limits::Publish& a, const Limits::Publish& b) noexcept {
    const auto left = std::int64_t{a.messages} * b.period.count();
    const auto right = std::int64_t{b.messages} * a.period.count();
    return left != right ? left < right : a.burst < b.burst;
}

void take_smaller(std::optional<Limits::Bound>& bound,
                  const std::optional<Limits::Bound>& other) noexcept {
    if (other && (!bound || other->most < bound->most)) {
        bound = other;
    }
}

} // namespace

void Limits::tighten(const Limits& other) noexcept {
    if (other.publish && (!publish || is_slower(*other.publish, *publish))) {
        publish = other.publish;
    }
    take_smaller(payload_bytes, other.payload_bytes);
    take_smaller(subscriptions, other.subscriptions);
}

Limits Limits::parse(std::string_view text, unsigned line) {
    const auto words = words_of(text);
    Limits limits;
    if (!words.empty() && words[0] == "publish") {
        limits.publish = parse_publish(words, line);
    } else if (words.size() == 2 && words[0] == "payload") {
        limits.payload_bytes = Bound{line, config::parse_size(words[1])};
    } else if (words.size() == 2 && words[0] == "subscriptions") {
        const auto most = config::parse_integer(words[1], 0, most_subscriptions);
        limits.subscriptions = Bound{line, static_cast<std::uint64_t>(most)};
    } else {
        throw Error("a limit reads: limit publish 10/s burst 50, limit payload 4KiB or limit "
                    "subscriptions 20");
    }
    return limits;
}

} // namespace holdfast
