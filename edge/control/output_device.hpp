#pragma once

#include "config/control_settings.hpp"
#include "edge/ports/ports.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace holdfast::control {

/// What an output is made of: brings a state to the device, and keeps trying while it is away.
///
/// - the constructor refuses wrong keys with InputError and touches no device
/// - the destructor leaves the device as it is
class OutputDevice {
public:
    struct Handlers {
        /// The device is there (again) and is to be told its state.
        std::function<void()> ready;
        /// It cannot be used, for that reason; it goes on trying.
        std::function<void(std::string_view reason)> failed;
        /// It has answered the last order.
        std::function<void(std::string_view line)> replied;
    };

    virtual ~OutputDevice() = default;

    virtual void start() = 0;
    /// Throws Error where the device cannot be told now.
    virtual void set(const std::string& state) = 0;
    /// The same without delay, as the last thing: no handler is called any more.
    virtual void set_at_end(const std::string& state) noexcept = 0;
    /// Whether any text is a state.
    virtual bool takes_text() const noexcept = 0;
    /// How long an answer to an order may take, where one is expected.
    virtual std::optional<std::chrono::milliseconds> reply_within() const noexcept = 0;
};

struct OutputInfo {
    std::string_view name;
    std::string_view summary;
    std::string_view example; ///< an [output] section that works, its keys explained in comments
    std::unique_ptr<OutputDevice> (*make)(ports::Ports&, const config::OutputSettings&,
                                          OutputDevice::Handlers);
};

OutputInfo gpio_output();
OutputInfo serial_output();

/// Every kind of output there is, in alphabetical order.
std::span<const OutputInfo> outputs();

/// Throws InputError for an unknown driver and for keys that it refuses.
std::unique_ptr<OutputDevice> make_output(ports::Ports& ports,
                                          const config::OutputSettings& settings,
                                          OutputDevice::Handlers handlers);

} // namespace holdfast::control
