#include "cli/doctor/program_output.hpp"

#include "core/atomic_file.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/unique_fd.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

namespace holdfast::cli::doctor {

std::string program_output(const std::vector<std::string>& words, std::chrono::seconds limit) {
    const UniqueFd memory(::memfd_create("output", MFD_CLOEXEC));
    if (memory.get() < 0) {
        throw_errno("memfd_create");
    }
    {
        ChildProcess child({.arguments = words,
                            .log = "/dev/null",
                            .output = memory.get(),
                            .errors = memory.get()});
        child.wait(limit);
    }
    return read_file(fmt::format("/proc/self/fd/{}", memory.get()));
}

} // namespace holdfast::cli::doctor
