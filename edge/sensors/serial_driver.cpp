#include "config/section_reader.hpp"
#include "core/text.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/line_parser.hpp"
#include "edge/sensors/line_splitter.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/serial_port.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <termios.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace holdfast::sensors {

namespace {

namespace asio = boost::asio;
using asio::serial_port_base;
using boost::system::error_code;
using std::chrono::milliseconds;

struct PortSettings {
    std::string device;
    serial_port_base::baud_rate baud;
    LineFormat format;
    milliseconds patience;
};

constexpr milliseconds first_retry{500};
constexpr milliseconds longest_retry{10'000};
constexpr milliseconds least_patience{10'000};

class Serial : public Driver {
public:
    Serial(asio::io_context& loop, PortSettings settings, Outlet& outlet)
        : settings_(std::move(settings))
        , outlet_(outlet)
        , port_(loop)
        , retry_(loop)
        , splitter_({[this](std::string_view line) { take(line); },
                     [this] {
                         outlet_.rejected(fmt::format("a line is longer than {} bytes",
                                                      LineSplitter::max_line_bytes));
                     }}) {}

    void start() override { open(); }
    Pace pace() const noexcept override { return Pace::device; }
    milliseconds patience() const noexcept override { return settings_.patience; }

private:
    void open() {
        if (const auto error = open_port()) {
            return fail(error);
        }
        splitter_.restart();
        read();
    }

    error_code open_port() {
        error_code error;
        port_.open(settings_.device, error);
        if (error) {
            return error;
        }
        // Two readers of one port would each get a part of the lines. The lock is the one that
        // other programs for serial ports take; it goes with the descriptor.
        if (::flock(port_.native_handle(), LOCK_EX | LOCK_NB) != 0) {
            return asio::error::make_error_code(asio::error::already_open);
        }
        // Asio opens without O_CLOEXEC, and a program that we start must not keep the port.
        if (::fcntl(port_.native_handle(), F_SETFD, FD_CLOEXEC) != 0) {
            return {errno, boost::system::system_category()};
        }
        set(settings_.baud, error);
        set(serial_port_base::character_size(8), error);
        set(serial_port_base::parity(serial_port_base::parity::none), error);
        set(serial_port_base::stop_bits(serial_port_base::stop_bits::one), error);
        set(serial_port_base::flow_control(serial_port_base::flow_control::none), error);
        return error;
    }

    template <typename Option>
    void set(const Option& option, error_code& error) {
        if (!error) {
            port_.set_option(option, error);
        }
    }

    void read() {
        port_.async_read_some(asio::buffer(bytes_), [this, alive = std::weak_ptr(alive_)](
                                                        const error_code& error, std::size_t got) {
            if (alive.expired()) {
                return;
            }
            if (error) {
                return fail(error);
            }
            delay_ = first_retry;
            splitter_.feed({bytes_.data(), got});
            read();
        });
    }

    void take(std::string_view line) {
        const auto parsed = parse_line(line, settings_.format);
        if (parsed.value) {
            outlet_.value(*parsed.value, boot_now());
        } else {
            outlet_.rejected(parsed.fault);
        }
    }

    void fail(const error_code& error) {
        error_code ignored; // of a port that is given up
        port_.close(ignored);
        retry_.expires_after(delay_);
        delay_ = std::min(2 * delay_, longest_retry);
        retry_.async_wait([this, alive = std::weak_ptr(alive_)](const error_code& aborted) {
            if (!aborted && !alive.expired()) {
                open();
            }
        });
        outlet_.offline(fmt::format("{}: {}", settings_.device, describe(error)));
    }

    static std::string describe(const error_code& error) {
        if (error == asio::error::already_open) {
            return "another program or [sensor] holds it";
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
        return error.message();
    }

    PortSettings settings_;
    Outlet& outlet_;
    asio::serial_port port_;
    asio::steady_timer retry_;
    milliseconds delay_ = first_retry;
    std::array<char, 4096> bytes_{};
    LineSplitter splitter_;
    std::shared_ptr<void> alive_ = std::make_shared<char>(); ///< gone when this is, for handlers
};

serial_port_base::baud_rate read_baud(config::SectionReader& keys) {
    const auto baud = keys.integer("baud", 50, 4'000'000).value_or(9600);
    const serial_port_base::baud_rate rate(static_cast<unsigned>(baud));
    termios unused{};
    error_code error;
    rate.store(unused, error);
    if (error) {
        keys.refuse("baud", "no serial port has that rate; usual are 9600, 57600 and 115200");
    }
    return rate;
}

std::unique_ptr<Driver> make(asio::io_context& loop, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    PortSettings port{keys.required("device"), read_baud(keys), read_line_format(keys),
                      keys.duration("patience")
                          .value_or(std::max<milliseconds>(2 * settings.every, least_patience))};
    if (port.patience < two_periods(settings.every)) {
        keys.refuse("patience", "it must be at least 500ms and two periods of 'every'");
    }
    keys.finish();
    return std::make_unique<Serial>(loop, std::move(port), outlet);
}

} // namespace

DriverInfo serial_driver() {
    return {"serial", "lines of text from a serial port, as an Arduino prints them",
            R"([sensor tank-level]
driver = serial
device = /dev/serial/by-id/usb-Arduino_Uno-if00
baud = 9600
# The number is found in lines like 21.37, T,23.10, Temperature: 31.8 C or level=4. Where a line
# has more than one: field = N (its Nth column), or key = WORD (the number after that word).
# A device that is faster than 'every' is thinned to one reading each 'every'. One that says
# nothing for 'patience' is offline; by default that is two periods, and no less than 10s.
patience = 10s
every = 1s
)",
            make};
}

} // namespace holdfast::sensors
