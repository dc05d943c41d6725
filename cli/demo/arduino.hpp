#pragma once

#include "core/unique_fd.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <filesystem>

namespace holdfast::cli::demo {

/// A simulated Arduino on a pseudo-terminal: prints one value (0..1023, CRLF) every half second, as
/// the course's sketches do. `link` leads to the terminal's device.
class Arduino {
public:
    Arduino(boost::asio::io_context& loop, std::filesystem::path link);
    Arduino(const Arduino&) = delete;
    Arduino& operator=(const Arduino&) = delete;
    ~Arduino();

private:
    void print_next();

    std::filesystem::path link_;
    UniqueFd terminal_;
    boost::asio::steady_timer timer_;
    double phase_ = 0;
};

} // namespace holdfast::cli::demo
