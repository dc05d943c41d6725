#include "cli/doctor/processes.hpp"

#include "core/text.hpp"

#include <charconv>
#include <fstream>

namespace holdfast::cli::doctor {

namespace fs = std::filesystem;

std::vector<Process> processes(const fs::path& proc) {
    std::vector<Process> found;
    for (const auto& entry : fs::directory_iterator(proc)) {
        const auto name = entry.path().filename().string();
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (error != std::errc() || end != name.data() + name.size()) {
            continue;
        }
        std::ifstream file(entry.path() / "comm"); // it may be gone by now
        std::string comm;
        if (std::getline(file, comm)) {
            found.push_back({pid, comm});
        }
    }
    return found;
}

std::uint64_t counted(const fs::path& file, const std::string& name) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with(name) || line.size() == name.size() ||
            (line[name.size()] != ':' && line[name.size()] != ' ')) {
            continue;
        }
        const auto value = trim(std::string_view(line).substr(name.size() + 1));
        std::uint64_t number = 0;
        std::from_chars(value.data(), value.data() + value.size(), number);
        return number;
    }
    return 0;
}

} // namespace holdfast::cli::doctor
