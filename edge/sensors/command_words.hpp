#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace holdfast::sensors {

/// The words of a command: separated by blanks; quotes, single or double, keep what is between them
/// together. No shell is involved: nothing is expanded. Throws Error for a quote that does not end
/// and for a command without a word.
std::vector<std::string> command_words(std::string_view command);

} // namespace holdfast::sensors
