#pragma once

#include "core/atomic_file.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::bridge {

/// A file made from holdfast.conf; nobody edits it.
struct RenderedFile {
    std::filesystem::path path;
    std::string content;
    FileMode mode;
};

/// The first line of every rendered file: where it came from and how to change it.
std::string generated_header(const std::filesystem::path& source);

/// Those whose content on disk differs or is missing.
std::vector<RenderedFile> changed(const std::vector<RenderedFile>& files);

/// Writes them, making their folders; each file is replaced all at once.
void write(const std::vector<RenderedFile>& files);

} // namespace holdfast::bridge
