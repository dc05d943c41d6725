#include "cli/demo/arduino.hpp"

#include "core/error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>

#include <cmath>
#include <cstdlib>

namespace holdfast::cli::demo {

namespace {

using namespace std::chrono_literals;

constexpr auto period = 500ms;
constexpr double step = 0.1;

} // namespace

Arduino::Arduino(boost::asio::io_context& loop, std::filesystem::path link)
    : link_(std::move(link))
    , terminal_(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC))
    , timer_(loop) {
    termios settings{};
    if (!terminal_ || ::grantpt(terminal_.get()) != 0 || ::unlockpt(terminal_.get()) != 0 ||
        ::tcgetattr(terminal_.get(), &settings) != 0) {
        throw_errno("cannot make a pseudo-terminal for the simulated Arduino");
    }
    ::cfmakeraw(&settings);
    if (::tcsetattr(terminal_.get(), TCSANOW, &settings) != 0) {
        throw_errno("cannot set up the simulated Arduino's terminal");
    }
    std::filesystem::remove(link_);
    std::filesystem::create_symlink(::ptsname(terminal_.get()), link_);
    print_next();
}

Arduino::~Arduino() {
    std::error_code ignored;
    std::filesystem::remove(link_, ignored);
}

void Arduino::print_next() {
    const auto line = fmt::format("{}\r\n", std::lround(511.5 + 511.5 * std::sin(phase_)));
    phase_ += step;
    // Nobody reads while the daemon is away: a full terminal loses the line, as a real one does.
    [[maybe_unused]] const auto written = ::write(terminal_.get(), line.data(), line.size());
    timer_.expires_after(period);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            print_next();
        }
    });
}

} // namespace holdfast::cli::demo
