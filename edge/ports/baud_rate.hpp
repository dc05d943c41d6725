#pragma once

namespace holdfast::ports {

/// Sets any rate on an open terminal, usual or not (termios2, BOTHER). Answers errno, or 0.
int set_baud_rate(int terminal, unsigned baud) noexcept;

} // namespace holdfast::ports
