#pragma once

#include "core/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace holdfast::config {
class SectionReader;
}

namespace holdfast::ports {

enum class GpioBias { as_is, pull_up, pull_down, none };

/// Lines of one GPIO chip, by number or by name (`GPIO17`).
struct GpioAddress {
    static constexpr std::size_t most_lines = 32;

    std::string chip; ///< `gpiochip0` or a path; empty: whichever has a line of the first name
    std::vector<std::string> lines;
    GpioBias bias = GpioBias::as_is;
    bool active_low = false;
};

/// The keys `chip`, `line`, `bias` and `active_low` of a section; `line` may name several, with
/// commas. Throws InputError.
GpioAddress read_gpio_address(config::SectionReader& keys);

struct GpioEdge {
    bool level; ///< after the edge; active_low is taken into account
    BootTime at;
};

/// Lines that were requested together; released when this goes. Errors are thrown as Error.
class GpioLine {
public:
    virtual ~GpioLine() = default;

    /// Readable when there are edges; -1 where the chip cannot tell of them, and with several
    /// lines.
    virtual int fd() const noexcept = 0;
    /// All lines at the same moment: the first named is the lowest bit.
    virtual std::uint32_t levels() = 0;
    bool level() { return levels() != 0; }
    /// Those that wait, in order, with the kernel's time of each.
    virtual std::vector<GpioEdge> edges() = 0;
    /// All lines at the same moment.
    virtual void set(bool level) = 0;
};

/// Each throws Error for a chip or line that is not there, that may not be used, or that somebody
/// else holds, who is named then.
std::unique_ptr<GpioLine> open_gpio_input(const GpioAddress& address);
std::unique_ptr<GpioLine> open_gpio_output(const GpioAddress& address, bool level);

} // namespace holdfast::ports
