#pragma once

#include "core/atomic_file.hpp"
#include "core/unique_fd.hpp"
#include "support/temp_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

namespace holdfast::test {

/// What `call` writes to standard output.
template <typename Call>
std::string output_of(Call call) {
    const TempFolder folder;
    const auto file = folder / "output";
    std::fflush(stdout);
    const UniqueFd before(::dup(STDOUT_FILENO));
    {
        const UniqueFd opened(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        ::dup2(opened.get(), STDOUT_FILENO);
    }
    const auto restore = [&] {
        std::fflush(stdout);
        ::dup2(before.get(), STDOUT_FILENO);
    };
    try {
        call();
    } catch (...) {
        restore();
        throw;
    }
    restore();
    return read_file(file);
}

} // namespace holdfast::test
