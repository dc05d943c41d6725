#pragma once

#include "edge/ports/gpio.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The few calls in which libgpiod 1 and 2 differ; gpio_v1.cpp and gpio_v2.cpp implement them.
namespace holdfast::ports::gpio_backend {

enum class Direction { input, input_with_edges, output };

struct Request {
    Direction direction;
    GpioBias bias;
    bool active_low;
    bool level; ///< of an output, from the first moment on
};

constexpr const char* consumer = "holdfast";

class Chip {
public:
    virtual ~Chip() = default;

    virtual std::optional<unsigned> line_named(const std::string& name) = 0;
    virtual unsigned line_count() = 0;
    /// Who holds the line, or empty.
    virtual std::string holder(unsigned line) = 0;
    /// Throws SystemError.
    virtual std::unique_ptr<GpioLine> request(const std::vector<unsigned>& lines,
                                              const Request& request) = 0;
};

/// Throws SystemError naming the path.
std::shared_ptr<Chip> open_chip(const std::filesystem::path& path);

/// Time since boot of an edge that the kernel stamped: with CLOCK_MONOTONIC, or with CLOCK_REALTIME
/// by kernels before 5.7. The two are told apart by which of them is near.
BootTime edge_time(std::chrono::nanoseconds stamp) noexcept;

} // namespace holdfast::ports::gpio_backend
