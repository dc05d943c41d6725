#pragma once

#include "core/unique_fd.hpp"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace holdfast {

/// A program that we started and that does not outlive us.
///
/// - its standard input is /dev/null; its output and errors are appended to one log file, or go to
///   descriptors of the caller's
/// - it gets no other open file of ours
/// - it is killed when this object goes, and by the kernel should our own process die first
class ChildProcess {
public:
    struct Command {
        std::vector<std::string> arguments;              ///< [0] is the path of the program
        std::filesystem::path log;                       ///< receives standard output and error
        std::vector<std::string> environment_extra = {}; ///< NAME=value, added to our own
        int output = -1; ///< receives standard output in place of the log; borrowed
        int errors = -1; ///< receives standard error in place of the log; borrowed
    };

    /// Throws Error when the program cannot be started.
    explicit ChildProcess(const Command& command);
    ChildProcess(ChildProcess&&) noexcept = default;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    ~ChildProcess();

    pid_t pid() const noexcept { return pid_; }
    /// A descriptor that becomes readable when the program ends (pidfd_open(2)).
    int pidfd() const noexcept { return pidfd_.get(); }
    void signal(int number) const noexcept;

    /// How it ended (wait status), or nothing if it still runs after `limit`.
    std::optional<int> wait(std::chrono::milliseconds limit);
    bool running() { return !wait(std::chrono::milliseconds(0)).has_value(); }

    /// SIGTERM, then SIGKILL after `grace`; answers how it ended.
    int stop(std::chrono::milliseconds grace);
    int kill();

private:
    UniqueFd pidfd_;
    pid_t pid_ = -1;
    std::optional<int> ended_;
};

/// "exit status 3" or "signal 9", from a wait status.
std::string describe_exit(int wait_status);

/// The first of `names` that exists: as given if absolute, else in PATH and the sbin folders, where
/// Debian keeps brokers but an ordinary user's PATH does not look. Throws Error naming it
/// otherwise.
std::filesystem::path find_program(const std::string& name);

} // namespace holdfast
