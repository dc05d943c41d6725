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
/// the input.
std::string ask_secret(std::string_view prompt);

} // namespace holdfast::cli
