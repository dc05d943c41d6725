// Preloaded into programs of a machine: a wall clock that a test sets (wall_clock.hpp). The file
// that HOLDFAST_TEST_CLOCK names says by how many seconds it is wrong, and whether the kernel calls
// it synchronised (0 or 1).

#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>

namespace {

struct Setting {
    long long seconds_off = 0;
    int synchronised = 1;
};

Setting setting() noexcept {
    Setting read;
    if (const char* const path = std::getenv("HOLDFAST_TEST_CLOCK")) {
        if (!(std::ifstream(path) >> read.seconds_off >> read.synchronised)) {
            std::abort();
        }
    }
    return read;
}

} // namespace

extern "C" {

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's are reserved
int clock_gettime(clockid_t id, timespec* now) noexcept {
    const auto code = static_cast<int>(::syscall(SYS_clock_gettime, id, now));
    if (code == 0 && id == CLOCK_REALTIME) {
        now->tv_sec += setting().seconds_off;
    }
    return code;
}

// By this one OpenSSL judges certificates.
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's are reserved
time_t time(time_t* result) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (result != nullptr) {
        *result = now.tv_sec;
    }
    return now.tv_sec;
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's are reserved
int adjtimex(timex* state) noexcept {
    state->status = setting().synchronised != 0 ? 0 : STA_UNSYNC;
    return setting().synchronised != 0 ? TIME_OK : TIME_ERROR;
}
}
