#include "bridge/rendered_file.hpp"

#include <fmt/format.h>

namespace holdfast::bridge {

std::string generated_header(const std::filesystem::path& source) {
    return fmt::format("# Made by 'holdfast render' from {}: change that file, not this one.\n",
                       source.string());
}

std::vector<RenderedFile> changed(const std::vector<RenderedFile>& files) {
    std::vector<RenderedFile> different;
    for (const auto& file : files) {
        if (!std::filesystem::exists(file.path) || read_file(file.path) != file.content) {
            different.push_back(file);
        }
    }
    return different;
}

void write(const std::vector<RenderedFile>& files) {
    for (const auto& file : files) {
        std::filesystem::create_directories(file.path.parent_path());
        write_file(file.path, file.content, file.mode);
    }
}

} // namespace holdfast::bridge
