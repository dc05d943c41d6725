#include "core/error.hpp"
#include "edge/control/output_device.hpp"

#include <fmt/format.h>

#include <array>

namespace holdfast::control {

std::span<const OutputInfo> outputs() {
    static const std::array table{gpio_output(), serial_output()};
    return table;
}

std::unique_ptr<OutputDevice> make_output(ports::Ports& ports,
                                          const config::OutputSettings& settings,
                                          OutputDevice::Handlers handlers) {
    for (const auto& info : outputs()) {
        if (info.name == settings.driver) {
            return info.make(ports, settings, std::move(handlers));
        }
    }
    throw InputError(
        settings.driver_where, 0,
        fmt::format("unknown driver '{}' of an output; there are: gpio, serial", settings.driver));
}

} // namespace holdfast::control
