#pragma once

#include "support/temp_folder.hpp"

#include <sys/mount.h>

#include <filesystem>
#include <string>

namespace holdfast::test {

/// A file system of 2 MiB in a folder of its own, where this user may mount one.
class SmallDisk {
public:
    SmallDisk()
        : mounted_(::mount("holdfast-test", folder_.path().c_str(), "tmpfs", 0, "size=2m") == 0) {}
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (mounted_) {
            ::umount2(folder_.path().c_str(), MNT_DETACH);
        }
    }

    bool mounted() const noexcept { return mounted_; }
    std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

private:
    TempFolder folder_;
    bool mounted_;
};

} // namespace holdfast::test
