#pragma once

#include "core/topic.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace holdfast::config {

/// Why a text cannot name a site (one topic level that SenML, brokers and file names can all bear),
/// or nothing.
std::optional<std::string_view> site_name_fault(std::string_view name);

/// Why a topic cannot be part of a SenML name (RFC 8428 §4.5.1), or nothing.
std::optional<std::string_view> senml_name_fault(std::string_view topic);

/// Why a text cannot be a unit, or nothing. Empty is none.
std::optional<std::string_view> unit_fault(std::string_view unit);

/// The local topic of something that goes up. First levels that Holdfast uses itself, here or at
/// the cloud, are refused. Throws Error.
TopicName up_topic_name(const std::string& text);

/// A filter that captures device messages; it may not reach Holdfast's own topics. Throws Error.
TopicFilter capture_filter(const std::string& text);

} // namespace holdfast::config
