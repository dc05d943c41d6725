#include "edge/sensors/scan.hpp"

#include "edge/sensors/sysfs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace holdfast::sensors {

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> sorted_entries(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing)) {
        entries.push_back(entry.path());
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

bool starts_with(const fs::path& path, std::string_view prefix) {
    return path.filename().string().rfind(prefix, 0) == 0;
}

/// A file that cannot be read is as good as none: a scan goes on.
std::string word_in(const fs::path& file) {
    try {
        return sysfs::read_word(file);
    } catch (const Error&) {
        return "";
    }
}

/// What stands between `prefix` and one of the endings, once each, in order.
std::vector<std::string> channels(const fs::path& device, std::string_view prefix,
                                  std::initializer_list<std::string_view> endings) {
    std::vector<std::string> names;
    for (const auto& entry : sorted_entries(device)) {
        const auto file = entry.filename().string();
        for (const auto ending : endings) {
            if (file.rfind(prefix, 0) == 0 && file.size() > prefix.size() + ending.size() &&
                file.compare(file.size() - ending.size(), ending.size(), ending) == 0) {
                const auto name =
                    file.substr(prefix.size(), file.size() - prefix.size() - ending.size());
                if (std::find(names.begin(), names.end(), name) == names.end()) {
                    names.push_back(name);
                }
            }
        }
    }
    return names;
}

std::string with_channel(std::string_view driver, const std::string& device,
                         const std::string& channel) {
    return fmt::format("[sensor {1}-{2}]\ndriver = {0}\ndevice = {1}\nchannel = {2}\n", driver,
                       device, channel);
}

void scan_serial(const fs::path& devices, std::vector<Found>& found) {
    auto ports = sorted_entries(devices / "serial/by-id");
    if (ports.empty()) {
        for (const auto& entry : sorted_entries(devices)) {
            if (starts_with(entry, "ttyUSB") || starts_with(entry, "ttyACM")) {
                ports.push_back(entry);
            }
        }
    }
    int number = 0;
    for (const auto& port : ports) {
        found.push_back({fmt::format("serial port {}", port.string()),
                         fmt::format("[sensor serial-{}]\ndriver = serial\ndevice = {}\n"
                                     "baud = 9600\n",
                                     ++number, port.string())});
    }
}

void scan_iio(const fs::path& sysfs, std::vector<Found>& found) {
    for (const auto& device : sorted_entries(sysfs / "bus/iio/devices")) {
        const auto names = sysfs::names_of(device, "name");
        const auto name = names.empty() ? device.filename().string() : names.back();
        for (const auto& channel : channels(device, "in_", {"_raw", "_input"})) {
            found.push_back(
                {fmt::format("{} (IIO): {}", name, channel), with_channel("iio", name, channel)});
        }
    }
}

void scan_hwmon(const fs::path& sysfs, std::vector<Found>& found) {
    for (const auto& device : sorted_entries(sysfs / "class/hwmon")) {
        const auto name = word_in(device / "name");
        for (const auto& channel : channels(device, "", {"_input"})) {
            found.push_back({fmt::format("{} (hardware monitor): {}", name, channel),
                             with_channel("hwmon", name, channel)});
        }
    }
}

void scan_thermal(const fs::path& sysfs, std::vector<Found>& found) {
    for (const auto& zone : sorted_entries(sysfs / "class/thermal")) {
        const auto type = word_in(zone / "type");
        if (starts_with(zone, "thermal_zone")) {
            found.push_back({fmt::format("thermal zone {}", type),
                             fmt::format("[sensor {0}]\ndriver = thermal\nzone = {0}\n", type)});
        }
    }
}

void scan_w1(const fs::path& sysfs, std::vector<Found>& found) {
    for (const auto& device : sorted_entries(sysfs / "bus/w1/devices")) {
        const auto address = device.filename().string();
        std::error_code unknown;
        if (fs::exists(device / "w1_slave", unknown)) {
            found.push_back({fmt::format("1-wire thermometer {}", address),
                             fmt::format("[sensor {0}]\ndriver = w1\ndevice = {0}\n", address)});
        }
    }
}

void scan_gpio(const fs::path& devices, std::vector<Found>& found) {
    for (const auto& chip : sorted_entries(devices)) {
        if (starts_with(chip, "gpiochip")) {
            const auto name = chip.filename().string();
            found.push_back({fmt::format("GPIO chip {}", name),
                             fmt::format("# gpioinfo {0} shows its lines\n[sensor contact]\n"
                                         "driver = gpio\nchip = {0}\nline = 0\n",
                                         name)});
        }
    }
}

/// Chips that people solder on, and what makes the kernel bind its driver.
struct Chip {
    unsigned address;
    std::string_view name;    ///< for a person
    std::string_view driver;  ///< for new_device
    std::string_view overlay; ///< a line of a Raspberry Pi's config.txt, or empty
};

constexpr std::array chips{
    Chip{0x18, "LIS3DH accelerometer", "lis3dh", ""},
    Chip{0x18, "MPRLS pressure", "mprls0025pa", ""},
    Chip{0x29, "VL53L0X distance", "vl53l0x", ""},
    Chip{0x40, "Si7021 humidity and temperature", "si7020", "dtoverlay=i2c-sensor,si7020"},
    Chip{0x40, "TMP006 infrared thermometer", "tmp006", ""},
    Chip{0x48, "ADS1115 ADC", "ads1115", "dtoverlay=ads1115"},
    Chip{0x5a, "CCS811 air quality", "ccs811", "dtoverlay=i2c-sensor,ccs811,addr=0x5a"},
    Chip{0x5b, "CCS811 air quality", "ccs811", "dtoverlay=i2c-sensor,ccs811"},
    Chip{0x76, "BMP280 or BME280 pressure", "bme280", "dtoverlay=i2c-sensor,bme280"},
    Chip{0x77, "BMP280 or BME280 pressure", "bme280", "dtoverlay=i2c-sensor,bme280,addr=0x77"},
};

std::string binding_of(const Chip& chip, const std::string& bus) {
    auto text = fmt::format("# 0x{:02x} {}:", chip.address, chip.name);
    if (!chip.overlay.empty()) {
        text += fmt::format(" {} in config.txt, or", chip.overlay);
    }
    return text + fmt::format(" echo {} 0x{:02x} > /sys/bus/i2c/devices/{}/new_device\n",
                              chip.driver, chip.address, bus);
}

/// `1-0040` is address 0x40 on bus i2c-1.
void scan_i2c_device(const fs::path& device, std::vector<Found>& found) {
    const auto name = device.filename().string();
    std::error_code unknown;
    if (fs::exists(device / "driver", unknown)) {
        return; // what its driver shows has been found above
    }
    const auto chip = word_in(device / "name");
    found.push_back({fmt::format("I2C device {} ({}) without a driver", name, chip),
                     fmt::format("# modprobe {0}; if there is no such module, this kernel has no "
                                 "driver for it\n",
                                 chip)});
}

void scan_i2c(const fs::path& sysfs, std::vector<Found>& found) {
    for (const auto& entry : sorted_entries(sysfs / "bus/i2c/devices")) {
        if (!starts_with(entry, "i2c-")) {
            scan_i2c_device(entry, found);
            continue;
        }
        const auto bus = entry.filename().string();
        std::string advice = "# what i2cdetect shows at these addresses is bound so:\n";
        for (const auto& chip : chips) {
            advice += binding_of(chip, bus);
        }
        found.push_back({fmt::format("I2C bus {} ({})", bus, word_in(entry / "name")), advice});
    }
}

} // namespace

std::vector<Found> scan(const fs::path& sysfs, const fs::path& devices) {
    std::vector<Found> found;
    scan_serial(devices, found);
    scan_iio(sysfs, found);
    scan_hwmon(sysfs, found);
    scan_thermal(sysfs, found);
    scan_w1(sysfs, found);
    scan_gpio(devices, found);
    scan_i2c(sysfs, found);
    return found;
}

} // namespace holdfast::sensors
