#pragma once

#include <filesystem>
#include <string_view>

namespace holdfast {

/// A new folder that only we can enter, gone with everything in it when this object goes.
class TemporaryFolder {
public:
    /// Its path is `beginning` and six random characters. Throws SystemError naming it.
    explicit TemporaryFolder(const std::filesystem::path& beginning);
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder();

    const std::filesystem::path& path() const noexcept { return path_; }
    std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

} // namespace holdfast
