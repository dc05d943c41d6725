#include "edge/journal.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION // it would be this file's
#include <systemd/sd-journal.h>

#include <cctype>
#include <cstdlib>

namespace holdfast::edge {

namespace {

/// systemd.exec(5): the variable outlives a redirection, so that it alone says nothing.
bool stderr_is_journal() {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    return stream != nullptr && ::fstat(STDERR_FILENO, &status) == 0 &&
           fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

std::string journal_name(std::string_view name) {
    std::string out = "HOLDFAST_";
    for (const char letter : name) {
        const auto byte = static_cast<unsigned char>(letter);
        out += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
    }
    return out;
}

void send(Log::Level level, const std::string& line, Log::Fields fields) {
    auto entry = journal_entry(level, line, fields);
    std::vector<iovec> parts;
    parts.reserve(entry.size());
    for (auto& field : entry) {
        parts.push_back({field.data(), field.size()});
    }
    // Where it fails nobody can be told.
    static_cast<void>(sd_journal_sendv(parts.data(), static_cast<int>(parts.size())));
}

} // namespace

std::vector<std::string> journal_entry(Log::Level level, std::string_view line,
                                       Log::Fields fields) {
    std::vector<std::string> entry{fmt::format("MESSAGE={}", line),
                                   fmt::format("PRIORITY={}", static_cast<int>(level)),
                                   "SYSLOG_IDENTIFIER=holdfast-edge"};
    for (const auto& field : fields) {
        entry.push_back(fmt::format("{}={}", journal_name(field.name), field.value));
    }
    return entry;
}

Log service_log() {
    return stderr_is_journal() ? Log(send) : Log::to_stderr();
}

} // namespace holdfast::edge
