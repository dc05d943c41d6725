#include "core/log.hpp"

#include "core/text.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace holdfast {

namespace {

bool is_plain(char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '=';
}

void write_stderr(std::string line) {
    line += '\n';
    // One call, so that lines of several threads do not mix. Where it fails nobody can be told.
    static_cast<void>(std::fwrite(line.data(), 1, line.size(), stderr));
}

std::string time_stamp() {
    const auto now = std::chrono::system_clock::now();
    return fmt::format("{:%F %T}", fmt::localtime(std::chrono::system_clock::to_time_t(now)));
}

} // namespace

Log::Log(Sink sink, Level least)
    : sink_([sink = std::move(sink)](Level level, const std::string& line, Fields /*apart*/) {
        sink(level, line);
    })
    , least_(least) {}

Log::Log(FieldSink sink, Level least)
    : sink_(std::move(sink))
    , least_(least) {}

Log Log::to_stderr(Level least) {
    if (std::getenv("JOURNAL_STREAM") != nullptr) {
        return Log(
            [](Level level, const std::string& line) {
                write_stderr(fmt::format("<{}>{}", static_cast<int>(level), line));
            },
            least);
    }
    return Log(
        [](Level, const std::string& line) {
            write_stderr(fmt::format("{} {}", time_stamp(), line));
        },
        least);
}

Log Log::silent() {
    return Log([](Level, const std::string&) {});
}

void Log::write(Level level, std::string_view text, Fields fields) const {
    if (level > least_) {
        return;
    }
    std::string line(text);
    for (const auto& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        if (!field.value.empty() && std::all_of(field.value.begin(), field.value.end(), is_plain)) {
            line += field.value;
        } else {
            line += quoted(field.value);
        }
    }
    sink_(level, line, fields);
}

} // namespace holdfast
