#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// The sets of topics that valid filters stand for, compared (MQTT 5 §4.7). A filter that begins
/// with a wildcard has no topic that begins with `$`.

/// Whether every topic of `narrow` is one of `wide` too.
bool filter_covers(std::string_view wide, std::string_view narrow);

/// The filter of the topics that both have; nothing where there is none.
std::optional<std::string> filters_meet(std::string_view one, std::string_view other);

} // namespace holdfast
