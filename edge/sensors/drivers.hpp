#pragma once

#include "edge/sensors/driver_table.hpp"

namespace holdfast::sensors {

/// Lines that a program prints: `command`, `patience`, and `field` or `key`. Started again with
/// backoff when it ends; what it writes to standard error goes to the log.
DriverInfo exec_driver();

/// A number in any text file: /proc, sysfs. `path`, and `field` or `key` (line_parser.hpp). Each
/// sensor reads on a thread of its own, since such reads may block.
DriverInfo file_driver();

/// A line of a GPIO chip: its level, how often it pulses, or how often it has pulsed.
DriverInfo gpio_driver();

/// A channel of a kernel's hardware monitor: `device`, `channel`.
DriverInfo hwmon_driver();

/// A channel of an IIO device, processed or from raw, offset and scale: `device`, `channel`.
DriverInfo iio_driver();

/// A number in the messages of MQTT devices: `listen`, and `member`, `field` or `key`.
DriverInfo mqtt_driver();

/// Lines of text from a serial port or pseudo-terminal. `device`, `baud`, `settle`, `patience`, and
/// `field` or `key` (line_parser.hpp). Several sensors and outputs may share a port.
DriverInfo serial_driver();

/// Signals without a device, for demos and tests: the same readings in every run.
DriverInfo sim_driver();

/// A thermal zone of the kernel: `zone`.
DriverInfo thermal_driver();

/// A 1-wire thermometer (DS18B20 and its relatives): `device`.
DriverInfo w1_driver();

} // namespace holdfast::sensors
