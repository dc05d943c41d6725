#pragma once

#include <string>
#include <string_view>

namespace holdfast::cli {

/// Colours, where somebody sees them.
class Style {
public:
    explicit Style(bool coloured)
        : coloured_(coloured) {}
    /// With colours on a terminal, unless NO_COLOR is set to anything (no-color.org) or the
    /// terminal is a dumb one.
    static Style of_output();

    std::string good(std::string_view text) const { return in("32", text); }
    std::string warning(std::string_view text) const { return in("33", text); }
    std::string bad(std::string_view text) const { return in("31", text); }
    std::string strong(std::string_view text) const { return in("1", text); }

private:
    std::string in(std::string_view code, std::string_view text) const;

    bool coloured_;
};

} // namespace holdfast::cli
