#pragma once

#include "core/child_process.hpp"
#include "core/reserved_port.hpp"
#include "support/temp_folder.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::test {

/// A real mosquitto on loopback ports of the kernel's choice, in a folder of its own.
///
/// - `config` is a mosquitto.conf in which @PORT@, @PORT2@ … stand for free ports and @DIR@ for the
///   folder; without @PORT@ it is preceded by `listener @PORT@ 127.0.0.1`
/// - everything is logged unless the config has log_ lines; run by root, the broker stays root
/// - once made, and after restart(), it takes connections
/// - a broker that dies by itself or exits badly fails the test; a failed test shows its log
class Broker {
public:
    explicit Broker(const std::string& config = "allow_anonymous true\n");
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;
    ~Broker();

    /// The port that stands for @PORT@ (1), @PORT2@ (2) …
    std::uint16_t port(std::size_t number = 1) const { return ports_.at(number - 1).number(); }
    const std::filesystem::path& folder() const noexcept { return folder_.path(); }
    pid_t pid() const noexcept { return process_->pid(); }
    bool running() { return process_ && process_->running(); }

    /// Ends with SIGTERM, so that persistence is saved; a bad exit fails the test.
    void stop();
    /// SIGKILL: what was not on disk is gone.
    void kill();
    /// Starts again in the same folder on the same ports, after stop() or kill() or stopping first.
    void restart();
    /// As restart(), with another config text.
    void restart(const std::string& config);
    /// Reload of configuration and plugins; see wait_for_log() to know when it is done.
    void sighup() const;

    /// Everything logged so far, by all starts.
    std::string log() const;
    /// Whether `text` stands in the log beyond byte `from` within `limit`.
    bool wait_for_log(const std::string& text, std::size_t from = 0,
                      std::chrono::milliseconds limit = std::chrono::seconds(30));

private:
    void start();
    bool ready(std::size_t log_start);
    void write_config() const;
    void check_exit(int wait_status) const;

    TempFolder folder_;
    std::string config_;
    std::vector<ReservedPort> ports_;
    std::optional<ChildProcess> process_;
};

} // namespace holdfast::test
