#pragma once

#include "core/child_process.hpp"
#include "support/temp_folder.hpp"

#include <sys/mount.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace holdfast::test {

/// A card with an ext4, where this user may mount one, that the kernel makes read-only when it
/// finds an error in it; and another card to go on with.
///
/// An ext4 that was made read-only stays so until it is unmounted and checked, and the kernel holds
/// it for some time after the last program has let go: so what can be read of it is copied.
class FailingCard {
public:
    FailingCard() {
        const auto image = folder_ / "image";
        std::ofstream(image).close();
        std::filesystem::resize_file(image, std::uintmax_t{16} << 20U);
        std::filesystem::create_directory(first_);
        std::filesystem::create_directory_symlink(first_, slot_);
        if (!run({"/sbin/mkfs.ext4", "-q", image.string()})) {
            trouble_ = "mkfs.ext4 failed";
            return;
        }
        mounted_ =
            run({"/bin/mount", "-o", "loop,errors=remount-ro", image.string(), first_.string()});
        if (!mounted_) {
            trouble_ = "this user may not mount a loop device";
        } else if (!std::ofstream(error_trigger())) {
            trouble_ = "this kernel lets nobody make an ext4 fail";
        }
    }
    FailingCard(const FailingCard&) = delete;
    FailingCard& operator=(const FailingCard&) = delete;
    ~FailingCard() {
        if (mounted_) {
            ::umount2(first_.c_str(), MNT_DETACH); // gone when the kernel is done with it
        }
    }

    /// Why there is no such card here, or empty.
    const std::string& trouble() const noexcept { return trouble_; }
    /// A path on the card that is in the slot now.
    std::filesystem::path operator/(const std::string& name) const { return slot_ / name; }

    /// The kernel finds an error, and takes no write any more.
    void fail() const { std::ofstream(error_trigger()) << "1" << std::flush; }
    bool takes_writes() const { return static_cast<bool>(std::ofstream(slot_ / "probe")); }

    /// What a person does then, while no file of it is open: a new card with what the old one has.
    void replace() const {
        const auto second = folder_ / "second";
        std::filesystem::create_directory(second);
        for (const auto& entry : std::filesystem::directory_iterator(first_)) {
            if (entry.is_regular_file()) {
                std::filesystem::copy_file(entry, second / entry.path().filename());
            }
        }
        std::filesystem::remove(slot_);
        std::filesystem::create_directory_symlink(second, slot_);
    }

private:
    /// Of the loop device that is mounted (Documentation/ABI/testing/sysfs-fs-ext4).
    std::filesystem::path error_trigger() const {
        std::ifstream mounts("/proc/self/mounts");
        std::string device;
        std::string point;
        for (std::string rest; mounts >> device >> point; std::getline(mounts, rest)) {
            if (point == first_) {
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
    std::filesystem::path first_ = folder_ / "first";
    std::filesystem::path slot_ = folder_ / "slot"; ///< a link to the card that is in use
    std::string trouble_;
    bool mounted_ = false;
};

} // namespace holdfast::test
