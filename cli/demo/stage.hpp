#pragma once

#include "cli/demo/screen.hpp"
#include "core/child_process.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::cli::demo {

/// The person pressed Ctrl-C.
struct Interrupted {};

/// A program of the demo that is kept running: ended by anybody else, it is started again.
class Actor {
public:
    Actor(std::string name, ChildProcess::Command command)
        : name_(std::move(name))
        , command_(std::move(command)) {}

    const std::string& name() const noexcept { return name_; }
    pid_t pid() const noexcept { return process_ ? process_->pid() : 0; }
    const std::filesystem::path& log() const noexcept { return command_.log; }

    void start();
    void stop();        ///< politely, and for good
    void kill();        ///< SIGKILL, and for good
    void signal(int number) const;

    /// How it ended since it was last seen running, though it should run; then it runs again.
    /// Throws Error with the end of its log when it does not stay up.
    std::optional<std::string> revive();

private:
    void run();

    std::string name_;
    ChildProcess::Command command_;
    std::optional<ChildProcess> process_;
    bool wanted_ = false;
    std::vector<std::chrono::steady_clock::time_point> starts_;
};

/// The event loop of the demo, its programs, and waiting for things to happen.
class Stage {
public:
    explicit Stage(Screen& screen);

    boost::asio::io_context& loop() noexcept { return loop_; }
    Actor& add(std::string name, ChildProcess::Command command);

    /// Runs the loop, and revives programs, until `done` or the limit; says whether it was done.
    /// Throws Interrupted on SIGINT and SIGTERM.
    bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit);
    void run_for(std::chrono::milliseconds time) {
        run_until([] { return false; }, time);
    }
    /// As run_until, but throws Error naming what did not happen.
    void await(const std::string& what, const std::function<bool()>& done,
               std::chrono::milliseconds limit);

private:
    Screen& screen_;
    boost::asio::io_context loop_;
    boost::asio::signal_set signals_;
    bool interrupted_ = false;
    std::vector<std::unique_ptr<Actor>> actors_;
};

} // namespace holdfast::cli::demo
