#include "core/atomic_file.hpp"

#include "core/error.hpp"
#include "core/unique_fd.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace holdfast {

namespace {

/// Removes the temporary file unless it was renamed into place.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::filesystem::path& target)
        : path_(target.string() + ".XXXXXX")
        , fd_(::mkostemp(path_.data(), O_CLOEXEC)) {
        if (!fd_) {
            throw_errno(fmt::format("cannot create a temporary file beside {}", target.string()));
        }
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (!path_.empty()) {
            ::unlink(path_.c_str());
        }
    }

    int fd() const noexcept { return fd_.get(); }

    void rename_to(const std::filesystem::path& target) {
        if (std::rename(path_.c_str(), target.c_str()) != 0) {
            throw_errno(target.string());
        }
        path_.clear();
    }

private:
    std::string path_;
    UniqueFd fd_;
};

void write_all(int fd, std::string_view content, const std::string& name) {
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno != EINTR) {
            throw_errno(name);
        }
        if (written > 0) {
            content.remove_prefix(static_cast<std::size_t>(written));
        }
    }
}

void sync_folder(const std::filesystem::path& folder) {
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) {
        throw_errno(folder.string());
    }
}

} // namespace

std::string read_file(const std::filesystem::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        throw_errno(path.string());
    }
    std::string content;
    std::array<char, 16384> block{};
    for (;;) {
        const auto got = ::read(fd.get(), block.data(), block.size());
        if (got < 0 && errno != EINTR) {
            throw_errno(path.string());
        }
        if (got == 0) {
            return content;
        }
        if (got > 0) {
            content.append(block.data(), static_cast<std::size_t>(got));
        }
    }
}

namespace {

/// A file that root replaces stays its reader's.
void keep_owner(int fd, const std::filesystem::path& replaced) {
    struct stat old {};
    if (::stat(replaced.c_str(), &old) == 0 && ::geteuid() == 0 &&
        ::fchown(fd, old.st_uid, old.st_gid) != 0) {
        throw_errno(replaced.string());
    }
}

} // namespace

void write_file(const std::filesystem::path& path, std::string_view content, FileMode mode) {
    const auto name = path.string();
    TemporaryFile temporary(path);
    write_all(temporary.fd(), content, name);
    keep_owner(temporary.fd(), path);
    if (::fchmod(temporary.fd(), static_cast<mode_t>(mode)) != 0 || ::fsync(temporary.fd()) != 0) {
        throw_errno(name);
    }
    temporary.rename_to(path);
    sync_folder(path.has_parent_path() ? path.parent_path() : std::filesystem::path("."));
}

} // namespace holdfast
