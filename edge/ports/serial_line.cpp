#include "edge/ports/serial_line.hpp"

#include "config/section_reader.hpp"
#include "edge/ports/baud_rate.hpp"

#include <boost/asio/error.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <termios.h>

namespace holdfast::ports {

namespace asio = boost::asio;
using asio::serial_port_base;
using boost::system::error_code;

namespace {

error_code last_error() {
    return {errno, boost::system::system_category()};
}

/// Without HUPCL the kernel leaves DTR alone when the port is closed: a restart of the daemon does
/// not reset the device a second time.
error_code keep_dtr(int terminal) {
    termios settings{};
    if (::tcgetattr(terminal, &settings) != 0) {
        return last_error();
    }
    settings.c_cflag &= ~static_cast<tcflag_t>(HUPCL);
    return ::tcsetattr(terminal, TCSANOW, &settings) == 0 ? error_code() : last_error();
}

} // namespace

SerialSettings read_serial_settings(config::SectionReader& keys) {
    SerialSettings settings;
    settings.device = keys.required("device");
    settings.baud =
        static_cast<unsigned>(keys.integer("baud", 50, 4'000'000).value_or(settings.baud));
    settings.settle = keys.duration("settle").value_or(settings.settle);
    if (settings.settle > std::chrono::minutes(1)) {
        keys.refuse("settle", "the longest is 1min");
    }
    return settings;
}

error_code open_serial(asio::serial_port& port, const SerialSettings& settings) {
    error_code error;
    port.open(settings.device, error);
    if (error) {
        return error;
    }
    // Two readers of one port would each get a part of the lines. The lock is the one that other
    // programs for serial ports take; it goes with the descriptor.
    if (::flock(port.native_handle(), LOCK_EX | LOCK_NB) != 0) {
        return asio::error::make_error_code(asio::error::already_open);
    }
    // Asio opens without O_CLOEXEC, and a program that we start must not keep the port.
    if (::fcntl(port.native_handle(), F_SETFD, FD_CLOEXEC) != 0) {
        return last_error();
    }
    const auto set = [&](const auto& option) {
        if (!error) {
            port.set_option(option, error);
        }
    };
    set(serial_port_base::character_size(8));
    set(serial_port_base::parity(serial_port_base::parity::none));
    set(serial_port_base::stop_bits(serial_port_base::stop_bits::one));
    set(serial_port_base::flow_control(serial_port_base::flow_control::none));
    if (!error) {
        error = keep_dtr(port.native_handle());
    }
    if (!error) {
        error = {set_baud_rate(port.native_handle(), settings.baud),
                 boost::system::system_category()};
    }
    return error;
}

std::string describe_serial_error(const error_code& error, const SerialSettings& settings) {
    if (error == asio::error::already_open) {
        return "another program holds it";
    }
    if (error == asio::error::eof || error.value() == EIO) {
        return "it was unplugged";
    }
    if (error.value() == ENOENT) {
        return "it is not there";
    }
    if (error.value() == ENOTTY) {
        return "it is not a serial port";
    }
    if (error.value() == EACCES) {
        return "permission denied; its group, mostly dialout, is needed";
    }
    if (error.value() == EINVAL) {
        return fmt::format("it refuses {} baud, 8 bits, no parity", settings.baud);
    }
    return error.message();
}

} // namespace holdfast::ports
