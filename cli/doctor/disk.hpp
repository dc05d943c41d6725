#pragma once

#include "cli/doctor/finding.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace holdfast::cli::doctor {

/// What the kernel tells of the file system and the disk below a path.
struct DiskFacts {
    std::uint64_t free_bytes = 0; ///< for ordinary users
    bool read_only = false;
    /// Faults that ext4 found since it was last checked (sysfs: fs/ext4/PART/errors_count).
    std::optional<std::uint64_t> file_system_errors{};
    /// Of an eMMC, in tenths: 1 is up to 10 % of its life, 11 is beyond the end (JEDEC eMMC 5.0,
    /// DEVICE_LIFE_TIME_EST; sysfs: device/life_time). The worse of both of its estimates.
    std::optional<unsigned> life_used{};
    /// 1 normal, 2 warning, 3 urgent (PRE_EOL_INFO; sysfs: device/pre_eol_info).
    std::optional<unsigned> reserve{};
};

/// Throws SystemError where the path cannot be looked at. `sys` is where sysfs is mounted.
DiskFacts disk_facts(const std::filesystem::path& path, const std::filesystem::path& sys);

/// What that means for a spool that has `file_bytes` and may grow to `max_bytes`. Pure.
Findings judge_disk(const DiskFacts& facts, std::uint64_t file_bytes, std::uint64_t max_bytes);

} // namespace holdfast::cli::doctor
