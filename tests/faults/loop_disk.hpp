#pragma once

#include "core/child_process.hpp"
#include "support/eventually.hpp"
#include "support/temp_folder.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace holdfast::test {

/// An ext4 in a file, where this user may mount one, that the kernel makes read-only when an error
/// is found in it, as it does with a real card's.
class LoopDisk {
public:
    LoopDisk() {
        std::filesystem::create_directory(mount_point());
        std::ofstream(image_).close();
        std::filesystem::resize_file(image_, std::uintmax_t{16} << 20U);
        if (!run({"/sbin/mkfs.ext4", "-q", image_.string()})) {
            trouble_ = "mkfs.ext4 failed";
            return;
        }
        mount();
    }
    LoopDisk(const LoopDisk&) = delete;
    LoopDisk& operator=(const LoopDisk&) = delete;
    ~LoopDisk() { unmount(); }

    /// Why there is no such disk here, or empty.
    const std::string& trouble() const noexcept { return trouble_; }
    std::filesystem::path operator/(const std::string& name) const { return mount_point() / name; }

    /// The kernel finds an error, and takes no write any more.
    void fail() const { std::ofstream(error_trigger()) << "1" << std::flush; }

    /// What a person does then, while no file of it is open.
    bool repair() {
        if (!unmount()) {
            return false;
        }
        run({"/sbin/e2fsck", "-f", "-y", image_.string()});
        mount();
        return trouble_.empty();
    }

private:
    std::filesystem::path mount_point() const { return folder_ / "disk"; }

    void mount() {
        mounted_ = run({"/bin/mount", "-o", "loop,errors=remount-ro", image_.string(),
                        mount_point().string()});
        if (!mounted_) {
            trouble_ = "this user may not mount a loop device";
        } else if (!std::ofstream(error_trigger())) {
            trouble_ = "this kernel lets nobody make an ext4 fail";
        }
    }
    /// The kernel may be at work on the files of a program that was killed a moment ago.
    bool unmount() {
        mounted_ = mounted_ && !eventually(
                                   [this] {
                                       return run({"/bin/umount", mount_point().string()});
                                   },
                                   std::chrono::seconds(20));
        return !mounted_;
    }

    /// Of the loop device that is mounted (Documentation/filesystems/ext4, trigger_fs_error).
    std::filesystem::path error_trigger() const {
        std::ifstream mounts("/proc/self/mounts");
        for (std::string device, point, rest; mounts >> device >> point;
             std::getline(mounts, rest)) {
            if (point == mount_point()) {
                return std::filesystem::path("/sys/fs/ext4") /
                       std::filesystem::path(device).filename() / "trigger_fs_error";
            }
        }
        return {};
    }

    bool run(const std::vector<std::string>& command) const {
        if (!std::filesystem::exists(command[0])) {
            return false;
        }
        return ChildProcess({command, folder_ / "log"}).wait(std::chrono::minutes(1)) == 0;
    }

    TempFolder folder_;
    std::filesystem::path image_ = folder_ / "image";
    std::string trouble_;
    bool mounted_ = false;
};

} // namespace holdfast::test
