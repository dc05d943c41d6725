#pragma once

#include <string>
#include <string_view>

namespace holdfast::cli {

/// Whether somebody sits at standard input who can be asked.
bool at_terminal();

/// One line of standard input, without its blanks; on a terminal after `prompt`. Throws Error at
/// the end of the input.
std::string ask(std::string_view prompt);

/// As ask(), but a terminal does not show what is typed, and blanks are kept. Empty at the end of
/// the input. Secrets are never words of the call, which every process on the machine could read.
std::string ask_secret(std::string_view prompt);

/// Asked for twice on a terminal. Throws UsageError when it is empty or the two differ; `what`
/// names it.
std::string ask_new_secret(std::string_view prompt, std::string_view what);

} // namespace holdfast::cli
