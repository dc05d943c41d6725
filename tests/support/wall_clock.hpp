#pragma once

#include "core/atomic_file.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

namespace holdfast::test {

/// A machine's wall clock that a test sets, for programs that are started with its environment
/// (clock_preload.cpp). Only for targets that link holdfast_test_wall_clock, which is not there in
/// builds with a sanitizer. Time that never steps is the true one.
class WallClock {
public:
    explicit WallClock(std::chrono::seconds off = {}, bool synchronised = true) {
        set(off, synchronised);
    }

    /// So wrong is the clock from now on; and what the kernel says of it.
    void set(std::chrono::seconds off, bool synchronised = true) const {
        write_file(file(), fmt::format("{} {}\n", off.count(), synchronised ? 1 : 0),
                   FileMode::public_);
    }

    std::vector<std::string> environment() const {
        return {"LD_PRELOAD=" HOLDFAST_CLOCK_PRELOAD, "HOLDFAST_TEST_CLOCK=" + file().string()};
    }

private:
    std::filesystem::path file() const { return folder_ / "clock"; }

    TempFolder folder_;
};

} // namespace holdfast::test
