#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// The rules of MQTT 3.1.1 and 5 §4.7 and §1.5.4, as pure functions. Each answers with the rule
/// that is broken, or with nothing where the text is valid.
std::optional<std::string_view> topic_name_fault(std::string_view name) noexcept;
std::optional<std::string_view> topic_filter_fault(std::string_view filter) noexcept;

/// Whether a message on `name` is delivered to a subscription to `filter`; both must be valid.
/// A filter that starts with a wildcard does not match a name that starts with `$` (§4.7.2).
bool topic_matches(std::string_view filter, std::string_view name) noexcept;

/// A topic that a message can be published to.
///
/// - 1 to 65 535 bytes of UTF-8 without NUL
/// - no wildcard `+` or `#`
class TopicName {
public:
    /// Throws Error naming the rule that the text breaks.
    explicit TopicName(std::string text);

    const std::string& str() const noexcept { return text_; }
    std::strong_ordering operator<=>(const TopicName&) const noexcept = default;

private:
    std::string text_;
};

/// A pattern of topics that a client can subscribe to.
///
/// - 1 to 65 535 bytes of UTF-8 without NUL
/// - `+` stands alone in its level; `#` stands alone in the last level
class TopicFilter {
public:
    /// Throws Error naming the rule that the text breaks.
    explicit TopicFilter(std::string text);

    bool matches(const TopicName& name) const noexcept { return topic_matches(text_, name.str()); }
    bool has_wildcard() const noexcept { return text_.find_first_of("+#") != std::string::npos; }

    const std::string& str() const noexcept { return text_; }
    std::strong_ordering operator<=>(const TopicFilter&) const noexcept = default;

private:
    std::string text_;
};

} // namespace holdfast
