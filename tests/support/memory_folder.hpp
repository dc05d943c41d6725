#pragma once

#include "core/temporary_folder.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <filesystem>

namespace holdfast::test {

/// A folder on a file system that lies in memory, where this machine has one.
class MemoryFolder : public TemporaryFolder {
public:
    static bool available() {
        struct statfs system {};
        return ::statfs(root, &system) == 0 && system.f_type == TMPFS_MAGIC;
    }
    MemoryFolder()
        : TemporaryFolder(std::filesystem::path(root) / "holdfast-test-") {}

private:
    static constexpr const char* root = "/dev/shm";
};

} // namespace holdfast::test
