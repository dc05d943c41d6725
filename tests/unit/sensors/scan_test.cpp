#include "config/settings.hpp"
#include "core/atomic_file.hpp"
#include "edge/sensors/scan.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>

using namespace holdfast;
using namespace holdfast::sensors;

namespace {

void put(const std::filesystem::path& file, const std::string& content) {
    std::filesystem::create_directories(file.parent_path());
    write_file(file, content, FileMode::secret);
}

} // namespace

TEST_CASE("a scan finds what the kernel shows and each section is one that works") {
    const test::TempFolder root;
    const auto sys = root / "sys";
    const auto dev = root / "dev";
    put(sys / "bus/iio/devices/iio:device0/name", "si7020\n");
    put(sys / "bus/iio/devices/iio:device0/in_temp_raw", "1\n");
    put(sys / "bus/iio/devices/iio:device0/in_temp_scale", "1\n");
    put(sys / "class/hwmon/hwmon0/name", "ina219\n");
    put(sys / "class/hwmon/hwmon0/in1_input", "1\n");
    put(sys / "class/thermal/thermal_zone0/type", "cpu-thermal\n");
    put(sys / "class/thermal/cooling_device0/type", "fan\n");
    put(sys / "bus/w1/devices/28-0316a2794cff/w1_slave", "");
    put(sys / "bus/w1/devices/w1_bus_master1/name", "");
    put(dev / "gpiochip0", "");
    put(dev / "serial/by-id/usb-Arduino_Uno-if00", "");
    const auto found = scan(sys, dev);
    REQUIRE(found.size() == 6);
    for (const auto& thing : found) {
        CAPTURE(thing.what);
        CHECK_NOTHROW(config::parse_settings("[site]\nname = farm\n" + thing.section, "c"));
    }
    CHECK(found[0].what == "serial port " + (dev / "serial/by-id/usb-Arduino_Uno-if00").string());
    CHECK(found[1].section ==
          "[sensor si7020-temp]\ndriver = iio\ndevice = si7020\nchannel = temp\n");
}

TEST_CASE("an I2C chip without a driver is shown with what binds one") {
    const test::TempFolder root;
    put(root / "bus/i2c/devices/i2c-1/name", "bcm2835\n");
    put(root / "bus/i2c/devices/1-0040/name", "si7020\n");
    put(root / "bus/i2c/devices/1-0077/name", "bmp280\n");
    std::filesystem::create_directories(root / "bus/i2c/devices/1-0077/driver");
    const auto found = scan(root.path(), root / "none");
    REQUIRE(found.size() == 2);
    CHECK_THAT(found[0].what, ContainsSubstring("1-0040 (si7020) without a driver"));
    CHECK_THAT(found[0].section, ContainsSubstring("modprobe si7020"));
    CHECK_THAT(found[1].section,
               ContainsSubstring("echo ads1115 0x48 > /sys/bus/i2c/devices/i2c-1/new_device"));
    CHECK_THAT(found[1].section, ContainsSubstring("dtoverlay=i2c-sensor,si7020"));
}

TEST_CASE("each address that people solder on has a command and an overlay where there is one") {
    const test::TempFolder root;
    put(root / "bus/i2c/devices/i2c-1/name", "bcm2835\n");
    const auto found = scan(root.path(), root / "none");
    REQUIRE(found.size() == 1);
    struct Row {
        const char* chip;    ///< as a person knows it
        const char* device;  ///< for new_device
        const char* overlay; ///< empty: Raspberry Pi OS has none
    };
    const auto row = GENERATE(
        Row{"0x18 LIS3DH", "lis3dh 0x18", ""}, Row{"0x18 MPRLS", "mprls0025pa 0x18", ""},
        Row{"0x29 VL53L0X", "vl53l0x 0x29", ""},
        Row{"0x40 Si7021", "si7020 0x40", "i2c-sensor,si7020"},
        Row{"0x40 TMP006", "tmp006 0x40", ""}, Row{"0x48 ADS1115", "ads1115 0x48", "ads1115"},
        Row{"0x5a CCS811", "ccs811 0x5a", "i2c-sensor,ccs811,addr=0x5a"},
        Row{"0x5b CCS811", "ccs811 0x5b", "i2c-sensor,ccs811"},
        Row{"0x76 BMP280 or BME280", "bme280 0x76", "i2c-sensor,bme280"},
        Row{"0x77 BMP280 or BME280", "bme280 0x77", "i2c-sensor,bme280,addr=0x77"});
    CAPTURE(row.chip);
    const auto& advice = found.front().section;
    const auto line = advice.substr(advice.find(row.chip));
    const auto end = line.find('\n');
    CHECK_THAT(line.substr(0, end), ContainsSubstring(std::string("echo ") + row.device +
                                                      " > /sys/bus/i2c/devices/i2c-1/new_device"));
    const std::string overlay = row.overlay;
    CHECK((line.substr(0, end).find("dtoverlay=" + overlay + " in config.txt") !=
           std::string::npos) == !overlay.empty());
}
