#pragma once

#include "core/error.hpp"
#include "core/unique_fd.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace holdfast::test {

/// The far end of a serial line: what is written here arrives at the port `device()`.
class PseudoTerminal {
public:
    PseudoTerminal()
        : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        termios raw{};
        if (!master_ || ::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0 ||
            ::tcgetattr(master_.get(), &raw) != 0) {
            throw_errno("posix_openpt");
        }
        ::cfmakeraw(&raw);
        ::tcsetattr(master_.get(), TCSANOW, &raw);
        ::fcntl(master_.get(), F_SETFL, O_NONBLOCK);
    }

    std::string device() const { return ::ptsname(master_.get()); }

    /// As much as the line takes now; answers how many bytes that was.
    std::size_t send(std::string_view bytes) {
        const auto sent = ::write(master_.get(), bytes.data(), bytes.size());
        return sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }

    /// What was written at the port and not received yet.
    std::string receive() {
        std::string bytes(4096, '\0');
        const auto got = ::read(master_.get(), bytes.data(), bytes.size());
        bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return bytes;
    }

    void unplug() { master_ = UniqueFd(); }

private:
    UniqueFd master_;
};

} // namespace holdfast::test
