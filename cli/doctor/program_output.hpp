#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace holdfast::cli::doctor {

/// What a program prints, errors too, until it ends or `limit` has passed; it is ended then. Throws
/// Error where it cannot be started.
std::string program_output(const std::vector<std::string>& words, std::chrono::seconds limit);

} // namespace holdfast::cli::doctor
