#pragma once

#include <string>
#include <string_view>

namespace holdfast::test {

/// The text with `with` wherever `what` stood.
inline std::string replaced(std::string text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
        text.replace(at, what.size(), with);
        at += with.size();
    }
    return text;
}

} // namespace holdfast::test
