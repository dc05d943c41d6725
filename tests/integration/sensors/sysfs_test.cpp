// Folders shaped like sysfs in place of the kernel's.
#include "core/atomic_file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "watched.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

/// /sys with one file each.
class Sysfs {
public:
    void put(const std::string& path, const std::string& content) {
        std::filesystem::create_directories((root_ / path).parent_path());
        write_file(root_ / path, content + "\n", FileMode::secret);
    }
    void link(const std::string& path, const std::string& target) {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::filesystem::create_symlink(root_ / target, root_ / path);
    }
    void remove(const std::string& path) { std::filesystem::remove_all(root_ / path); }
    std::string key() const { return "every = 10ms\nsysfs = " + root_.path().string() + "\n"; }

private:
    TempFolder root_;
};

double first_value(boost::asio::io_context& loop, const Sysfs& sysfs, const std::string& section) {
    Watched watched(loop, section + sysfs.key());
    REQUIRE(run_until(loop, [&] { return !watched.readings.empty() || watched.offline(); }));
    CAPTURE(watched.sensor.status().reason);
    REQUIRE_FALSE(watched.readings.empty());
    return watched.readings.front().value;
}

std::string first_fault(boost::asio::io_context& loop, const Sysfs& sysfs,
                        const std::string& section) {
    Watched watched(loop, section + sysfs.key());
    REQUIRE(run_until(loop, [&] { return watched.offline(); }));
    return watched.sensor.status().reason;
}

} // namespace

TEST_CASE("an IIO channel is read processed or from raw with offset and scale in SenML units") {
    boost::asio::io_context loop;
    Sysfs sysfs;
    const std::string si7020 = "bus/iio/devices/iio:device0/";
    sysfs.put(si7020 + "name", "si7020");
    sysfs.put(si7020 + "in_temp_raw", "6680");
    sysfs.put(si7020 + "in_temp_offset", "-4368.114678899");
    sysfs.put(si7020 + "in_temp_scale", "10.725097656");
    const std::string bmp280 = "bus/iio/devices/iio:device1/";
    sysfs.put(bmp280 + "name", "bmp280");
    sysfs.put(bmp280 + "in_pressure_input", "101.325");
    const std::string adc = "bus/iio/devices/iio:device2/";
    sysfs.put(adc + "name", "ads1015");
    sysfs.put(adc + "in_voltage0_raw", "1000");
    sysfs.put(adc + "in_voltage0_scale", "2");
    sysfs.put(adc + "in_voltage_scale", "77");
    sysfs.put(adc + "in_voltage1_raw", "1000");
    const auto iio = [&](const std::string& device, const std::string& channel) {
        return first_value(loop, sysfs,
                           "driver = iio\ndevice = " + device + "\nchannel = " + channel + "\n");
    };
    CHECK(iio("si7020", "temp") == Approx(24.795).margin(0.01));
    CHECK(iio("bmp280", "pressure") == Approx(101325));
    CHECK(iio("iio:device2", "voltage0") == 2);
    CHECK(iio("ads1015", "voltage1") == 77);
}

TEST_CASE("an IIO device is found by the name of its chip where its own is an address") {
    boost::asio::io_context loop;
    Sysfs sysfs;
    const std::string chip = "devices/i2c-1/1-0040/";
    sysfs.put(chip + "name", "si7020");
    sysfs.put(chip + "iio:device0/name", "1-0040");
    sysfs.put(chip + "iio:device0/in_temp_input", "21500");
    sysfs.link("bus/iio/devices/iio:device0", chip + "iio:device0");
    for (const std::string name : {"si7020", "1-0040", "iio:device0"}) {
        CAPTURE(name);
        CHECK(first_value(loop, sysfs, "driver = iio\nchannel = temp\ndevice = " + name + "\n") ==
              21.5);
    }
    CHECK_THAT(first_fault(loop, sysfs, "driver = iio\nchannel = temp\ndevice = bmp280\n"),
               ContainsSubstring("there are: 1-0040, si7020"));
}

TEST_CASE("an IIO device or channel that is not there is named with what there is") {
    boost::asio::io_context loop;
    Sysfs sysfs;
    const std::string section = "driver = iio\ndevice = bmp280\nchannel = temp\n";
    CHECK_THAT(first_fault(loop, sysfs, section), ContainsSubstring("there is none at all"));
    sysfs.put("bus/iio/devices/iio:device0/name", "si7020");
    CHECK_THAT(first_fault(loop, sysfs, section), ContainsSubstring("there are: si7020"));
    sysfs.put("bus/iio/devices/iio:device1/name", "bmp280");
    CHECK_THAT(first_fault(loop, sysfs, section), ContainsSubstring("has no channel 'temp'"));
    sysfs.put("bus/iio/devices/iio:device2/name", "bmp280");
    CHECK_THAT(first_fault(loop, sysfs, section), ContainsSubstring("say which"));
}

TEST_CASE("a hardware monitor and a thermal zone are read by name or number") {
    boost::asio::io_context loop;
    Sysfs sysfs;
    sysfs.put("class/hwmon/hwmon0/name", "ina219");
    sysfs.put("class/hwmon/hwmon0/in1_input", "12080");
    sysfs.put("class/thermal/thermal_zone0/type", "cpu-thermal");
    sysfs.put("class/thermal/thermal_zone0/temp", "48312");
    CHECK(first_value(loop, sysfs, "driver = hwmon\ndevice = ina219\nchannel = in1\n") ==
          Approx(12.08));
    CHECK(first_value(loop, sysfs, "driver = hwmon\ndevice = hwmon0\nchannel = in1\n") ==
          Approx(12.08));
    CHECK(first_value(loop, sysfs, "driver = thermal\nzone = cpu-thermal\n") == Approx(48.312));
    CHECK(first_value(loop, sysfs, "driver = thermal\n") == Approx(48.312));
}

TEST_CASE("a thermometer with a wrong check sum is offline with the reason and comes back") {
    boost::asio::io_context loop;
    Sysfs sysfs;
    const std::string file = "bus/w1/devices/28-0316a2794cff/w1_slave";
    const std::string good = "72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n"
                             "72 01 4b 46 7f ff 0e 10 57 t=23125";
    sysfs.put(file, good);
    Watched watched(loop, "driver = w1\ndevice = 28-0316a2794cff\n" + sysfs.key());
    REQUIRE(run_until(loop, [&] { return watched.online(); }));
    CHECK(watched.readings.front().value == 23.125);
    sysfs.put(file, "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n"
                    "50 05 4b 46 7f ff 0c 10 1c t=85000");
    REQUIRE(run_until(loop, [&] { return watched.offline(); }));
    CHECK_THAT(watched.sensor.status().reason, ContainsSubstring("85 degrees"));
    CHECK(watched.sensor.status().rejected > 0);
    sysfs.put(file, good);
    REQUIRE(run_until(loop, [&] { return watched.online(); }));
    for (const auto& reading : watched.readings) {
        CHECK(reading.value == 23.125);
    }
}
