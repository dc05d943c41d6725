#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace holdfast {

/// Who may read a file that we write.
enum class FileMode : mode_t {
    secret = 0600,  ///< keys, passwords
    group = 0640,   ///< users, policy: read by the broker's group
    public_ = 0644, ///< certificates, configuration without secrets
};

/// The whole file as bytes. Throws SystemError naming the path.
std::string read_file(const std::filesystem::path& path);

/// Replaces the file durably and all at once: temporary file beside it, fsync, rename, fsync of the
/// folder. A reader sees the old or the new content, also after a power cut; on failure the old one
/// stays, no temporary is left, and SystemError names the path. Missing parent folders are an
/// error.
void write_file(const std::filesystem::path& path, std::string_view content, FileMode mode);

} // namespace holdfast
