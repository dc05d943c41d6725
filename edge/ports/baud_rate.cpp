// The kernel's header and <termios.h> define the same names: this file sees only the former.
#include "edge/ports/baud_rate.hpp"

#include <asm/termbits.h>
#include <sys/ioctl.h>

#include <cerrno>

namespace holdfast::ports {

int set_baud_rate(int terminal, unsigned baud) noexcept {
    termios2 settings{};
    if (::ioctl(terminal, TCGETS2, &settings) != 0) {
        return errno;
    }
    constexpr tcflag_t rate_bits = CBAUD | (CBAUD << IBSHIFT);
    settings.c_cflag = (settings.c_cflag & ~rate_bits) | BOTHER | (BOTHER << IBSHIFT);
    settings.c_ispeed = baud;
    settings.c_ospeed = baud;
    return ::ioctl(terminal, TCSETS2, &settings) == 0 ? 0 : errno;
}

} // namespace holdfast::ports
