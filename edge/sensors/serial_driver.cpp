#include "config/section_reader.hpp"
#include "core/error.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/line_parser.hpp"

#include <fmt/format.h>

namespace holdfast::sensors {

namespace {

using std::chrono::milliseconds;

class Serial : public Driver, private ports::SerialPort::Listener {
public:
    Serial(std::shared_ptr<ports::SerialPort> port, LineFormat format, milliseconds patience,
           Outlet& outlet)
        : port_(std::move(port))
        , format_(std::move(format))
        , patience_(patience)
        , outlet_(outlet) {}
    Serial(const Serial&) = delete;
    Serial& operator=(const Serial&) = delete;
    ~Serial() override { port_->detach(*this); }

    void start() override { port_->attach(*this); }
    Pace pace() const noexcept override { return Pace::device; }
    milliseconds patience() const noexcept override { return patience_; }
    void set_every(milliseconds every) override {
        patience_ = std::max(patience_, two_periods(every));
    }

private:
    void line(std::string_view text) override {
        const auto parsed = parse_line(text, format_);
        if (parsed.value) {
            outlet_.value(*parsed.value, boot_now());
        } else {
            outlet_.rejected(parsed.fault);
        }
    }

    void overlong() override {
        outlet_.rejected(
            fmt::format("a line is longer than {} bytes", ports::LineSplitter::max_line_bytes));
    }

    void opened() override {}
    void failed(std::string_view reason) override { outlet_.offline(reason); }

    std::shared_ptr<ports::SerialPort> port_;
    LineFormat format_;
    milliseconds patience_;
    Outlet& outlet_;
};

std::unique_ptr<Driver> make(ports::Ports& ports, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    const auto line = ports::read_serial_settings(keys);
    auto format = read_line_format(keys);
    const auto patience = read_patience(keys, settings.every);
    keys.finish();
    auto port = keys.made("device", line.device, [&](const std::string& /*device*/) {
        return ports.serial.port(ports.loop, line);
    });
    return std::make_unique<Serial>(std::move(port), std::move(format), patience, outlet);
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
# Several sensors and outputs may share a device.
# A device that is faster than 'every' is thinned to one reading each 'every'. One that says
# nothing for 'patience' is offline; by default that is two periods, and no less than 10s.
patience = 10s
every = 1s
)",
            make};
}

} // namespace holdfast::sensors
