#include "edge/sensors/sysfs.hpp"

#include "config/section_reader.hpp"
#include "core/text.hpp"
#include "core/unique_fd.hpp"
#include "edge/sensors/line_parser.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

namespace holdfast::sensors::sysfs {

namespace fs = std::filesystem;

namespace {

/// More than any file of /proc or sysfs that holds values; a larger one is the wrong file.
constexpr std::size_t max_file_bytes = 64 * 1024;

std::string name_in(const fs::path& file) {
    std::error_code unknown;
    return fs::is_regular_file(file, unknown) ? read_word(file) : "";
}

} // namespace

std::string read_whole(const fs::path& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) {
        throw_errno(path.string());
    }
    std::string content(max_file_bytes + 1, '\0');
    std::size_t length = 0;
    while (length < content.size()) {
        const auto got = ::read(file.get(), content.data() + length, content.size() - length);
        if (got == 0) {
            content.resize(length);
            return content;
        }
        if (got < 0 && errno != EINTR) {
            throw_errno(path.string());
        }
        length += got < 0 ? 0 : static_cast<std::size_t>(got);
    }
    throw Error(fmt::format("{}: it is larger than {} bytes: not a file with one value",
                            path.string(), max_file_bytes));
}

std::string read_word(const fs::path& path) {
    const auto content = read_whole(path);
    return std::string(trim(split(content, '\n').front()));
}

double read_number(const fs::path& path) {
    const auto parsed = parse_line(read_whole(path), {});
    if (!parsed.value) {
        throw UnusableValue(fmt::format("{}: {}", path.string(), parsed.fault));
    }
    return *parsed.value;
}

double in_unit(double value, double factor) {
    return factor < 1 ? value / std::round(1 / factor) : value * factor;
}

std::vector<std::string> names_of(const fs::path& device, std::string_view name_file) {
    std::vector<std::string> names;
    // The entry is a link into the tree of devices, where a device lies in its chip.
    for (const auto& file : {device / name_file, device / ".." / name_file}) {
        const auto name = name_in(file);
        if (!name.empty() && (names.empty() || names.front() != name)) {
            names.push_back(name);
        }
    }
    return names;
}

fs::path find_device(const fs::path& folder, std::string_view name_file,
                     const std::string& wanted) {
    std::vector<std::string> there;
    std::vector<fs::path> found;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(folder, missing)) {
        if (entry.path().filename() == wanted) {
            return entry.path();
        }
        const auto names = names_of(entry.path(), name_file);
        if (std::find(names.begin(), names.end(), wanted) != names.end()) {
            found.push_back(entry.path());
        }
        there.insert(there.end(), names.begin(), names.end());
    }
    if (found.size() == 1) {
        return found.front();
    }
    std::sort(there.begin(), there.end());
    if (found.empty()) {
        throw Error(fmt::format("there is no '{}' in {}; {}", wanted, folder.string(),
                                there.empty()
                                    ? "there is none at all"
                                    : fmt::format("there are: {}", fmt::join(there, ", "))));
    }
    std::sort(found.begin(), found.end());
    throw Error(fmt::format("{} devices are called '{}': say which, as in device = {}",
                            found.size(), wanted, found.front().filename().string()));
}

fs::path read_root(config::SectionReader& keys) {
    const auto root = keys.text("sysfs").value_or("/sys");
    if (root.empty() || root.front() != '/') {
        keys.refuse("sysfs", "a full path is expected, as in /sys");
    }
    return root;
}

} // namespace holdfast::sensors::sysfs
