#include "config/section_reader.hpp"
#include "core/text.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/sysfs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace holdfast::sensors {

namespace {

namespace fs = std::filesystem;

/// From the kernel's units (Documentation/ABI/testing/sysfs-bus-iio) to those of SenML.
struct Quantity {
    std::string_view type;
    double factor;
    std::string_view unit;
};

constexpr std::array quantities{
    Quantity{"accel", 1, "m/s2"},
    Quantity{"altvoltage", 1e-3, "V"},
    Quantity{"anglvel", 1, "rad/s"},
    Quantity{"capacitance", 1e-9, "F"},
    Quantity{"concentration", 1e4, "ppm"},
    Quantity{"current", 1e-3, "A"},
    Quantity{"distance", 1, "m"},
    Quantity{"electricalconductivity", 1, "S/m"},
    Quantity{"energy", 1, "J"},
    Quantity{"gravity", 1, "m/s2"},
    Quantity{"humidityrelative", 1e-3, "%RH"},
    Quantity{"illuminance", 1, "lx"},
    Quantity{"magn", 1e-4, "T"},
    Quantity{"massconcentration", 1, "ug/m3"},
    Quantity{"ph", 1, "pH"},
    Quantity{"power", 1e-3, "W"},
    Quantity{"pressure", 1e3, "Pa"},
    Quantity{"resistance", 1, "Ohm"},
    Quantity{"temp", 1e-3, "Cel"},
    Quantity{"velocity", 1, "m/s"},
    Quantity{"voltage", 1e-3, "V"},
};

/// `accel` of `accel_x`, `voltage` of `voltage0-voltage1`.
std::string_view type_of(std::string_view channel) {
    const auto end = channel.find_first_of("0123456789_-");
    return channel.substr(0, end);
}

Quantity quantity_of(std::string_view channel) {
    const auto type = type_of(channel);
    const auto* const found =
        std::find_if(quantities.begin(), quantities.end(),
                     [&](const Quantity& quantity) { return quantity.type == type; });
    return found == quantities.end() ? Quantity{type, 1, ""} : *found;
}

/// What an attribute says for the channel, or for all channels of its type.
double shared(const fs::path& device, const std::string& channel, std::string_view attribute,
              double otherwise) {
    for (const auto& name : {channel, std::string(type_of(channel))}) {
        const auto path = device / fmt::format("in_{}_{}", name, attribute);
        std::error_code unknown;
        if (fs::exists(path, unknown)) {
            return sysfs::read_number(path);
        }
    }
    return otherwise;
}

double read_channel(const fs::path& device, const std::string& channel) {
    const auto factor = quantity_of(channel).factor;
    const auto processed = device / fmt::format("in_{}_input", channel);
    std::error_code unknown;
    if (fs::exists(processed, unknown)) {
        return sysfs::in_unit(sysfs::read_number(processed), factor);
    }
    const auto raw = device / fmt::format("in_{}_raw", channel);
    if (!fs::exists(raw, unknown)) {
        throw Error(fmt::format("{} has no channel '{}': see the in_*_raw and in_*_input there",
                                device.string(), channel));
    }
    return sysfs::in_unit((sysfs::read_number(raw) + shared(device, channel, "offset", 0)) *
                              shared(device, channel, "scale", 1),
                          factor);
}

std::unique_ptr<Driver> make(ports::Ports& ports, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    const auto device = keys.required("device");
    const auto channel = keys.required("channel");
    const auto folder = sysfs::read_root(keys) / "bus/iio/devices";
    if (channel.find('/') != std::string::npos || channel.rfind("in_", 0) == 0) {
        keys.refuse("channel", "the part between in_ and _raw or _input is expected, as in temp, "
                               "voltage0 or accel_x");
    }
    keys.finish();
    return std::make_unique<Poller>(
        ports.loop, asked_every(settings),
        [=] {
            return read_channel(device.front() == '/' ? fs::path(device)
                                                      : sysfs::find_device(folder, "name", device),
                                channel);
        },
        outlet);
}

std::string unit(const config::SensorSettings& settings) {
    config::SectionReader keys(settings.driver_keys);
    return std::string(quantity_of(keys.text("channel").value_or("")).unit);
}

} // namespace

DriverInfo iio_driver() {
    return {"iio", "a sensor with a kernel IIO driver: I2C and SPI chips, ADCs, accelerometers",
            R"([sensor humidity]
driver = iio
# The device's name (si7020, bmp280, ads1015, …), or iio:device0, or the path of its folder.
device = si7020
# The part between in_ and _raw or _input: temp, humidityrelative, pressure, voltage0, accel_x, …
channel = humidityrelative
# Values come in SenML's units, which are filled in: Cel, %RH, Pa, V, A, m/s2, lx, ppm, …
every = 5s
)",
            make, unit};
}

} // namespace holdfast::sensors
