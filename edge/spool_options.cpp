#include "edge/spool_options.hpp"

#include "core/clock.hpp"

namespace holdfast::edge {

spool::Spool::Options spool_options(const config::SpoolSettings& settings) {
    const auto when_full = settings.when_full == config::WhenFull::thin ? spool::WhenFull::thin
                           : settings.when_full == config::WhenFull::drop_oldest
                               ? spool::WhenFull::drop_oldest
                               : spool::WhenFull::refuse;
    return {.boot_id = boot_id(), .max_bytes = settings.max_size_bytes, .when_full = when_full};
}

} // namespace holdfast::edge
