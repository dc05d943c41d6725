#pragma once

#include <fmt/format.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace holdfast {

/// Structured log lines: a constant text, data in named fields.
///
/// One line reads `spool opened path=/var/lib/holdfast/spool.db pending=12`; a value with spaces,
/// quotes or control characters is quoted and escaped, so that a line is always one line.
class Log {
public:
    /// The numbers of syslog(3), which journald understands.
    enum class Level { error = 3, warning = 4, notice = 5, info = 6, debug = 7 };

    struct Field {
        std::string_view name;
        std::string value;

        template <typename T>
        Field(std::string_view field_name, const T& field_value)
            : name(field_name)
            , value(fmt::format("{}", field_value)) {}
    };
    using Fields = std::initializer_list<Field>;

    /// Receives a finished line without a line feed. It may be called from several threads.
    using Sink = std::function<void(Level, const std::string& line)>;

    /// Receives the fields apart too, for a log that has a place for each.
    using FieldSink = std::function<void(Level, const std::string& line, Fields fields)>;

    explicit Log(Sink sink, Level least = Level::info);
    explicit Log(FieldSink sink, Level least = Level::info);

    /// Lines on standard error: with the time on a terminal or a pipe, with journald's `<level>`
    /// prefix where the journal adds the time itself.
    static Log to_stderr(Level least = Level::info);

    /// For who asks a part for its result and not for its words.
    static Log silent();

    void error(std::string_view text, Fields fields = {}) const {
        write(Level::error, text, fields);
    }
    void warning(std::string_view text, Fields fields = {}) const {
        write(Level::warning, text, fields);
    }
    void notice(std::string_view text, Fields fields = {}) const {
        write(Level::notice, text, fields);
    }
    void info(std::string_view text, Fields fields = {}) const { write(Level::info, text, fields); }
    void debug(std::string_view text, Fields fields = {}) const {
        write(Level::debug, text, fields);
    }

private:
    void write(Level level, std::string_view text, Fields fields) const;

    FieldSink sink_;
    Level least_;
};

} // namespace holdfast
