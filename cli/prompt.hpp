#pragma once

#include <string>
#include <string_view>

namespace holdfast::cli {

/// One line, which the terminal does not show; without a terminal one line of standard input.
/// Never a word of the call, which every process on the machine could read.
std::string ask_secret(std::string_view prompt);

/// Asked for twice on a terminal. Throws UsageError when it is empty or the two differ; `what`
/// names it.
std::string ask_new_secret(std::string_view prompt, std::string_view what);

} // namespace holdfast::cli
