#pragma once

#include "config/settings.hpp"
#include "edge/spool/spool.hpp"

namespace holdfast::edge {

/// How the daemon opens its spool, in this boot. Throws SystemError where /proc is not mounted.
spool::Spool::Options spool_options(const config::SpoolSettings& settings);

} // namespace holdfast::edge
