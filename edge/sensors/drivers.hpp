#pragma once

#include "edge/sensors/driver_table.hpp"

namespace holdfast::sensors {

/// A number in any text file: /proc, sysfs, 1-wire. `path`, and `field` or `key` (line_parser.hpp).
/// Each sensor reads on a thread of its own, since such reads may block.
DriverInfo file_driver();

/// Lines of text from a serial port or pseudo-terminal. `device`, `baud`, `patience`, and `field`
/// or `key` (line_parser.hpp). A port that is missing or unplugged is opened again with backoff.
DriverInfo serial_driver();

/// Signals without a device, for demos and tests: the same readings in every run.
DriverInfo sim_driver();

} // namespace holdfast::sensors
