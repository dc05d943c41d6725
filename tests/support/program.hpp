#pragma once

#include "core/child_process.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

namespace holdfast::test {

/// A program that a test starts, ends and starts again, with one log for all its lives. A failed
/// test shows the log.
class Program {
public:
    Program(std::string name, ChildProcess::Command command);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program();

    void start();
    /// SIGTERM; anything but exit status 0 fails the test. Nothing where it does not run.
    void stop();
    /// SIGKILL.
    void kill();
    void signal(int number) const;
    /// Its exit status if it ends by itself within `limit`; -1 for a signal.
    std::optional<int> exit_status(std::chrono::milliseconds limit);
    bool running() { return process_ && process_->running(); }
    pid_t pid() const { return process_.value().pid(); }

    std::string log() const;
    /// Whether `text` stands in the log beyond byte `from` within `limit`.
    bool wait_for_log(const std::string& text, std::size_t from = 0,
                      std::chrono::milliseconds limit = std::chrono::seconds(20)) const;

private:
    std::string name_;
    ChildProcess::Command command_;
    std::optional<ChildProcess> process_;
};

} // namespace holdfast::test
