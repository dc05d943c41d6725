#include "core/clock.hpp"

#include "core/error.hpp"

#include <sys/timex.h>

#include <ctime>
#include <fstream>

namespace holdfast {

namespace {

std::chrono::microseconds read_clock(clockid_t id) noexcept {
    timespec now{};
    clock_gettime(id, &now);
    return std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

} // namespace

BootTime boot_now() noexcept {
    return read_clock(CLOCK_BOOTTIME);
}

WallTime wall_now() noexcept {
    return read_clock(CLOCK_REALTIME);
}

std::string boot_id() {
    constexpr auto path = "/proc/sys/kernel/random/boot_id";
    std::ifstream file(path);
    std::string id;
    if (!(file >> id)) {
        throw_errno(path);
    }
    return id;
}

bool clock_synchronised() noexcept {
    timex state{};
    return adjtimex(&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

} // namespace holdfast
