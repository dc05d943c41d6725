#pragma once

#include "core/log.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::edge {

/// The log of a service: where standard error is the journal, each field of a line is a field of
/// the journal too (`journalctl HOLDFAST_SENSOR=soil`); elsewhere lines on standard error.
Log service_log();

/// What the journal gets of a line, as NAME=value (systemd.journal-fields(7)).
std::vector<std::string> journal_entry(Log::Level level, std::string_view line, Log::Fields fields);

} // namespace holdfast::edge
