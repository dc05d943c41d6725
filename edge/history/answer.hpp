#pragma once

#include "edge/history/request.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace holdfast::history {

/// A page ends before it has more bytes of values than this.
constexpr std::size_t largest_page_bytes = 128 * 1024;

/// Answers a request from a spool, as one JSON object. `interrupted` is asked again and again;
/// what it throws ends the work. Throws Error for a series that there is not.
std::string answer(const spool::History& history, const Request& request, const std::string& id,
                   const std::string& site, const std::function<void()>& interrupted);

/// The answer to a request that cannot be answered.
std::string refusal(const std::string& id, std::string_view reason);

} // namespace holdfast::history
