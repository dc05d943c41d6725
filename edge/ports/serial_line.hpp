#pragma once

#include <boost/asio/serial_port.hpp>

#include <chrono>
#include <string>

namespace holdfast::config {
class SectionReader;
}

namespace holdfast::ports {

/// What makes a serial line; sections that name the same device must agree.
struct SerialSettings {
    std::string device;
    unsigned baud = 9600;
    /// After opening, writing waits for the device's first line, or for this long: opening pulls
    /// DTR, which resets an Arduino Uno, and its bootloader swallows what comes in the meantime.
    std::chrono::milliseconds settle{2000};

    bool operator==(const SerialSettings&) const noexcept = default;
};

/// The keys `device`, `baud` and `settle` of a section. Throws InputError.
SerialSettings read_serial_settings(config::SectionReader& keys);

/// Opens the device with 8 bits and no parity, locked against other programs; closing it does not
/// reset the device (HUPCL is off).
boost::system::error_code open_serial(boost::asio::serial_port& port,
                                      const SerialSettings& settings);

/// What open_serial(), or reading and writing, failed with, for a person.
std::string describe_serial_error(const boost::system::error_code& error,
                                  const SerialSettings& settings);

} // namespace holdfast::ports
