#include "edge/sensors/command_words.hpp"

#include "core/error.hpp"

namespace holdfast::sensors {

std::vector<std::string> command_words(std::string_view command) {
    std::vector<std::string> words;
    char quote = 0;
    bool in_word = false;
    for (const char c : command) {
        if (quote != 0 ? c == quote : c == '\'' || c == '"') {
            quote = quote == 0 ? c : '\0';
        } else if (quote == 0 && (c == ' ' || c == '\t')) {
            in_word = false;
            continue;
        } else {
            if (!in_word) {
                words.emplace_back();
            }
            words.back() += c;
            in_word = true;
            continue;
        }
        if (!in_word) { // a quote begins a word, also an empty one
            words.emplace_back();
            in_word = true;
        }
    }
    if (quote != 0) {
        throw Error("a quote begins and does not end");
    }
    if (words.empty() || words.front().empty()) {
        throw Error("a program is expected, as in python3 /home/pi/co2.py");
    }
    return words;
}

} // namespace holdfast::sensors
