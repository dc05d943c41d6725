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
    NoOutlet outlet;
    make_driver(loop, settings.sensors.at(0), outlet);
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
        {"driver = teleport\n", "there are: file, serial, sim"},
        {"driver = file\n", "needs 'path"},
        {"driver = file\npath = loadavg\n", "/etc/a.conf:5: path: a full path"},
        {"driver = file\npath = /x\nfeild = 1\n", "/etc/a.conf:6: unknown key 'feild' in "
                                                  "[sensor]; did you mean 'field'?"},
        {"driver = file\npath = /x\nfield = 0\n", "/etc/a.conf:6: field: "},
        {"driver = file\npath = /x\nfield = 1\nkey = T\n", "/etc/a.conf:7: key: either"},
        {"driver = file\npath = /x\nkey = T:\n", "/etc/a.conf:6: key: one word"},
        {"driver = serial\n", "needs 'device"},
        {"driver = serial\ndevice = /dev/ttyUSB0\nbaud = 9601\n", "/etc/a.conf:6: baud: no serial"},
        {"driver = serial\ndevice = /dev/ttyUSB0\npatience = 1s\n", "/etc/a.conf:6: patience: "},
        {"driver = sim\nsignal = square\n", "/etc/a.conf:5: signal: "},
        {"driver = sim\nlow = 2\n", "/etc/a.conf:5: low: it is greater"},
        {"driver = sim\nsignal = constant\nlow = 2\n", "unknown key 'low'"},
    }));
    CHECK_THROWS_WITH(make_from("[sensor room]\n" + row.section), ContainsSubstring(row.message));
}
