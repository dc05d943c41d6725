#pragma once

#include "bridge/finding.hpp"
#include "certs/tls_probe.hpp"
#include "config/settings.hpp"

namespace holdfast::bridge {

/// What to reach, and as whom, for these settings.
certs::ProbeTarget probe_target(const config::CloudSettings& cloud);

/// What came of it, step by step, in plain words with the likely cause and which setting or file to
/// change. Pure.
Findings explain(const config::CloudSettings& cloud, const certs::ProbeResult& result);

} // namespace holdfast::bridge
