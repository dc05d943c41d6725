#pragma once

#include "support/temp_folder.hpp"

#include <sys/mount.h>

#include <filesystem>
#include <fstream>
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

    /// Takes space that remove_ballast() gives back.
    void add_ballast() const { std::ofstream(folder_ / "ballast") << std::string(800'000, 'b'); }
    void remove_ballast() const { std::filesystem::remove(folder_ / "ballast"); }

private:
    TempFolder folder_;
    bool mounted_;
};

} // namespace holdfast::test
