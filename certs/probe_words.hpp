#pragma once

#include "certs/tls_probe.hpp"

#include <string>
#include <vector>

namespace holdfast::certs {

/// Each finding as a sentence for a person: what is wrong, and after a colon what to do about it.
std::vector<std::string> explain(const ProbeTarget& target, const ProbeResult& result);

} // namespace holdfast::certs
