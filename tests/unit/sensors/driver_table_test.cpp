#include "config/settings.hpp"
#include "core/error.hpp"
#include "edge/sensors/driver_table.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>

#include <string>

using namespace holdfast;
using namespace holdfast::sensors;

namespace {

class NoOutlet : public Outlet {
public:
    void value(double, BootTime) override {}
    void rejected(std::string_view) override {}
    void offline(std::string_view) override {}
};

/// Makes the driver of the only [sensor] section in `text`.
void make_from(const std::string& text) {
    const auto settings = config::parse_settings("[site]\nname = farm\n" + text, "/etc/a.conf");
    boost::asio::io_context loop;
    ports::Ports ports{loop, Log::silent(), "/nonexistent"};
    NoOutlet outlet;
    make_driver(ports, settings.sensors.at(0), outlet);
}

} // namespace

TEST_CASE("the example of every driver is a section that works") {
    for (const auto& info : drivers()) {
        CAPTURE(info.name);
        CHECK_NOTHROW(make_from(std::string(info.example)));
        CHECK_FALSE(info.summary.empty());
    }
}

TEST_CASE("a section that no driver can use is refused at its line") {
    struct Row {
        std::string section;
        std::string message;
    };
    const auto row = GENERATE(values<Row>({
        {"every = 1s\ndriver = seriel\n", "/etc/a.conf:5: unknown driver 'seriel'; did you mean "
                                          "'serial'?"},
        {"driver = teleport\n",
         "there are: exec, file, gpio, hwmon, iio, mqtt, serial, sim, thermal, w1"},
        {"driver = file\n", "needs 'path"},
        {"driver = file\npath = loadavg\n", "/etc/a.conf:5: path: a full path"},
        {"driver = file\npath = /x\nfeild = 1\n", "/etc/a.conf:6: unknown key 'feild' in "
                                                  "[sensor]; did you mean 'field'?"},
        {"driver = file\npath = /x\nfield = 0\n", "/etc/a.conf:6: field: "},
        {"driver = file\npath = /x\nfield = 1\nkey = T\n", "/etc/a.conf:7: key: either"},
        {"driver = file\npath = /x\nkey = T:\n", "/etc/a.conf:6: key: one word"},
        {"driver = serial\n", "needs 'device"},
        {"driver = serial\ndevice = /dev/ttyUSB0\nbaud = 1\n", "/etc/a.conf:6: baud: "},
        {"driver = serial\ndevice = /dev/ttyUSB0\npatience = 1s\n", "/etc/a.conf:6: patience: "},
        {"driver = exec\n", "needs 'command"},
        {"driver = exec\ncommand = a 'b\n", "/etc/a.conf:5: command: a quote"},
        {"driver = gpio\nline = 4\n", "/etc/a.conf:5: line: with a number"},
        {"driver = gpio\nline = a\nmeasure = hz\n", "/etc/a.conf:6: measure: "},
        {"driver = gpio\nline = a\ndebounce = 1min\n", "/etc/a.conf:6: debounce: "},
        {"driver = hwmon\ndevice = a\nchannel = temp\n", "/etc/a.conf:6: channel: "},
        {"driver = iio\ndevice = a\nchannel = in_temp\n", "/etc/a.conf:6: channel: "},
        {"driver = iio\ndevice = a\nchannel = temp\nsysfs = sys\n", "/etc/a.conf:7: sysfs: "},
        {"driver = mqtt\nlisten = #\n", "/etc/a.conf:5: listen: the first level"},
        {"driver = mqtt\nlisten = sensors/+\n", "/etc/a.conf:5: listen: it matches the topic"},
        {"driver = mqtt\nlisten = a\nmember = b..c\n", "/etc/a.conf:6: member: "},
        {"driver = mqtt\nlisten = a\nmember = b\nkey = c\n", "/etc/a.conf:6: member: either"},
        {"driver = w1\ndevice = 28\n", "/etc/a.conf:5: device: "},
        {"driver = sim\nsignal = square\n", "/etc/a.conf:5: signal: "},
        {"driver = sim\nlow = 2\n", "/etc/a.conf:5: low: it is greater"},
        {"driver = sim\nsignal = constant\nlow = 2\n", "unknown key 'low'"},
    }));
    CHECK_THROWS_WITH(make_from("[sensor room]\n" + row.section), ContainsSubstring(row.message));
}

TEST_CASE("a unit comes from the section or from a driver that knows it") {
    const auto unit = [](const std::string& section) {
        return unit_of(config::parse_settings("[site]\nname = farm\n[sensor room]\n" + section, "c")
                           .sensors.at(0));
    };
    CHECK(unit("driver = iio\ndevice = a\nchannel = humidityrelative\n") == "%RH");
    CHECK(unit("driver = iio\ndevice = a\nchannel = voltage0-voltage1\n") == "V");
    CHECK(unit("driver = iio\ndevice = a\nchannel = accel_x\n") == "m/s2");
    CHECK(unit("driver = iio\ndevice = a\nchannel = temp\nscale = 2\n").empty());
    CHECK(unit("driver = iio\ndevice = a\nchannel = temp\nunit = K\n") == "K");
    CHECK(unit("driver = w1\ndevice = 28-1\n") == "Cel");
    CHECK(unit("driver = sim\n").empty());
}
