// The kernel's own IIO drivers, of chips whose registers are memory: `./test gpio`.
#include "edge/sensors/scan.hpp"
#include "i2c_stub.hpp"
#include "integration/sensors/watched.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace holdfast;
using namespace holdfast::test;

namespace {

double measured(const std::string& device, const std::string& channel) {
    boost::asio::io_context loop;
    Watched sensor(loop, "driver = iio\nevery = 50ms\ndevice = " + device +
                             "\nchannel = " + channel + "\n");
    REQUIRE(run_until(loop, [&] { return !sensor.readings.empty() || sensor.offline(); }));
    CAPTURE(sensor.sensor.status().reason);
    REQUIRE_FALSE(sensor.readings.empty());
    return sensor.readings.front().value;
}

} // namespace

#define NEEDS_I2C_STUB()                                                                           \
    if (!StubChip::possible()) {                                                                   \
        SKIP_TEST("this kernel has no i2c-stub: ./test gpio");                                     \
    }

TEST_CASE("the kernel's Si7020 gives a temperature and a humidity") {
    NEEDS_I2C_STUB();
    const StubChip chip(0x40);
    chip.word(0xe3, 0x6666); // Si7020-A20, 5.1.2: 175.72 * 26214 / 65536 - 46.85
    chip.word(0xe5, 0x72b0); // 5.1.1: 125 * 29360 / 65536 - 6
    chip.bind("si7020");
    CHECK(measured("si7020", "temp") == Approx(23.44).margin(0.02));
    CHECK(measured("si7020", "humidityrelative") == Approx(50).margin(0.05));
}

TEST_CASE("the kernel's BMP280 gives what its data sheet reckons") {
    NEEDS_I2C_STUB();
    const StubChip chip(0x77);
    chip.byte(0xd0, 0x58);
    // BMP280 data sheet, 3.12: trimming values and a measurement, and what comes of them.
    chip.bytes(0x88, {0x70, 0x6b, 0x43, 0x67, 0x18, 0xfc, 0x7d, 0x8e, 0x43, 0xd6, 0xd0, 0x0b,
                      0x27, 0x0b, 0x8c, 0x00, 0xf9, 0xff, 0x8c, 0x3c, 0xf8, 0xc6, 0x70, 0x17});
    chip.bytes(0xf7, {0x65, 0x5a, 0xc0, 0x7e, 0xed, 0x00});
    chip.bind("bmp280");
    CHECK(measured("bmp280", "temp") == Approx(25.08));
    CHECK(measured("bmp280", "pressure") == Approx(100653.27).margin(0.1));
}

TEST_CASE("the kernel's ADS1115 gives volts") {
    NEEDS_I2C_STUB();
    const StubChip chip(0x48);
    chip.word(0x00, 16000);
    chip.bind("ads1115");
    CHECK(measured("ads1115", "voltage0") == Approx(1.0)); // 16000 steps of 2.048 V / 32768
}

TEST_CASE("the kernel's CCS811 gives parts per million") {
    NEEDS_I2C_STUB();
    const StubChip chip(0x5a);
    chip.byte(0x20, 0x81); // HW_ID
    chip.byte(0x21, 0x12); // HW_Version
    chip.byte(0x00, 0x98); // STATUS: runs its application, which is valid, and has data
    chip.byte(0x02, 1156 >> 8);
    chip.byte(0x03, 1156 & 0xff);
    chip.bind("ccs811");
    CHECK(measured("ccs811", "concentration_co2") == Approx(1156));
}

TEST_CASE("a chip that is bound while the sensor waits for it comes online and goes with it") {
    NEEDS_I2C_STUB();
    boost::asio::io_context loop;
    Watched sensor(loop, "driver = iio\nevery = 50ms\ndevice = ads1115\nchannel = voltage1\n");
    REQUIRE(run_until(loop, [&] { return sensor.offline(); }));
    {
        const StubChip chip(0x48);
        chip.bind("ads1115");
        REQUIRE(run_until(loop, [&] { return sensor.online(); }));
    }
    CHECK(run_until(loop, [&] { return sensor.offline(); }));
    CHECK_THAT(sensor.sensor.status().reason, ContainsSubstring("ads1115"));
}

TEST_CASE("a scan proposes a section for each channel of a chip that has its driver") {
    NEEDS_I2C_STUB();
    const StubChip chip(0x40);
    chip.bind("si7020");
    const auto found = sensors::scan("/sys", "/dev");
    CHECK(std::any_of(found.begin(), found.end(), [](const sensors::Found& one) {
        return one.section.find("device = si7020\nchannel = humidityrelative") != std::string::npos;
    }));
}
