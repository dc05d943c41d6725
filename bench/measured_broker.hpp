#pragma once

#include "core/child_process.hpp"
#include "core/reserved_port.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace holdfast::bench {

/// A stock mosquitto on a free loopback port, whose use of the machine is measured.
class MeasuredBroker {
public:
    /// `config` goes below a listener and quiet logging; its files are in `folder`, which is made.
    /// Takes connections once made.
    MeasuredBroker(const std::filesystem::path& folder, const std::string& config);

    std::uint16_t port() const noexcept { return port_.number(); }
    /// How long it took from the start to the first connection.
    std::chrono::duration<double> start_time() const noexcept { return start_time_; }
    /// What it used so far.
    std::chrono::nanoseconds cpu_time() const;
    std::uint64_t resident_bytes() const;

private:
    ReservedPort port_;
    ChildProcess process_;
    std::chrono::duration<double> start_time_{};
};

} // namespace holdfast::bench
