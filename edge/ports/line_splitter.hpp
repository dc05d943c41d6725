#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace holdfast::ports {

/// Cuts the bytes of a serial line into lines, with bounded memory whatever comes.
///
/// - CR, LF, CR LF and LF CR each end one line
/// - what comes before the first line end is dropped, for it may be the second half of a line,
///   unless the source is known to begin with a whole one
/// - a line longer than max_line_bytes is dropped and reported once, however long it becomes
class LineSplitter {
public:
    static constexpr std::size_t max_line_bytes = 256;

    struct Handlers {
        std::function<void(std::string_view line)> line; ///< without its end; may be empty
        std::function<void()> overlong;
    };

    /// Where the bytes begin.
    enum class Start { anywhere, with_a_line };

    explicit LineSplitter(Handlers handlers, Start start = Start::anywhere);

    void feed(std::string_view bytes);
    /// Begins anew, as after opening the port.
    void restart();

private:
    void finish_line();
    void keep(std::string_view bytes);

    Handlers handlers_;
    Start start_;
    std::string line_;
    bool before_first_end_;
    bool overlong_ = false;
    char ended_by_ = 0; ///< the last byte, if it ended a line and its partner may follow
};

} // namespace holdfast::ports
