#include "cli/doctor/disk.hpp"

#include "cli/doctor/examinations.hpp"
#include "cli/json_fields.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>

namespace holdfast::cli::doctor {

namespace fs = std::filesystem;

namespace {

constexpr unsigned nearly_used_up = 9; ///< of ten tenths
constexpr unsigned reserve_normal = 1;

/// The greatest of the numbers in a file of sysfs, `0x01 0x02` or `3`.
std::optional<unsigned> greatest_number(const fs::path& file) {
    if (!fs::exists(file)) {
        return std::nullopt;
    }
    const auto text = read_file(file);
    std::optional<unsigned> greatest;
    for (auto word : split(trim(text), ' ')) {
        const bool hex = word.starts_with("0x");
        word.remove_prefix(hex ? 2 : 0);
        unsigned value = 0;
        const auto [end, error] =
            std::from_chars(word.data(), word.data() + word.size(), value, hex ? 16 : 10);
        if (error == std::errc() && end == word.data() + word.size()) {
            greatest = std::max(greatest.value_or(0), value);
        }
    }
    return greatest;
}

std::string reason_of_wear(const DiskFacts& facts) {
    return facts.life_used
               ? fmt::format("the disk says that {} % of its life are used", *facts.life_used * 10)
               : "the disk says that its spare blocks run out";
}

/// The folder of the device in sysfs, for a path that may not exist yet.
fs::path device_folder(const fs::path& path, const fs::path& sys) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        throw_errno(path.string());
    }
    return sys / "dev/block" / fmt::format("{}:{}", major(status.st_dev), minor(status.st_dev));
}

Findings judge_spool(const nlohmann::json& spool) {
    Findings findings;
    if (const auto trouble = text(spool, "/trouble"); !trouble.empty()) {
        findings.push_back(bad(fmt::format("the spool takes nothing: {}", trouble),
                               "readings wait in memory, and what it cannot hold is lost",
                               "make room, or put in another card; it goes on by itself"));
    }
    if (const auto moved = text(spool, "/salvaged/moved_to"); !moved.empty()) {
        findings.push_back(note(fmt::format("the spool was damaged; {}", moved),
                                "cards fail like this before they fail for good",
                                "holdfast backup, and put in another card"));
    }
    for (const auto& [kind, count] : part(spool, "/lost").items()) {
        if (count != 0) {
            findings.push_back(note(fmt::format("{} rows were given up: {}", count.dump(), kind),
                                    "the cloud will never have them as they were measured",
                                    "raise max_size of [spool], or see why the link was away"));
        }
    }
    return findings;
}

} // namespace

DiskFacts disk_facts(const fs::path& path, const fs::path& sys) {
    struct statvfs file_system {};
    if (::statvfs(path.c_str(), &file_system) != 0) {
        throw_errno(path.string());
    }
    DiskFacts facts;
    facts.free_bytes = std::uint64_t{file_system.f_bavail} * file_system.f_frsize;
    facts.read_only = (file_system.f_flag & ST_RDONLY) != 0;
    const auto device = device_folder(path, sys);
    if (!fs::exists(device)) {
        return facts; // no disk below it: a network's, or memory
    }
    const auto partition = fs::canonical(device);
    facts.file_system_errors =
        greatest_number(sys / "fs/ext4" / partition.filename() / "errors_count");
    const auto disk = fs::exists(partition / "partition") ? partition.parent_path() : partition;
    facts.life_used = greatest_number(disk / "device/life_time");
    facts.reserve = greatest_number(disk / "device/pre_eol_info");
    return facts;
}

Findings judge_disk(const DiskFacts& facts, std::uint64_t file_bytes, std::uint64_t max_bytes) {
    Findings findings;
    const auto growth = max_bytes > file_bytes ? max_bytes - file_bytes : 0;
    if (facts.read_only) {
        findings.push_back(bad("the spool's file system is mounted read-only",
                               "nothing can be stored; the kernel does that when a card fails",
                               "dmesg | grep -i -e ext4 -e mmc says why; fsck at the next start"));
    } else if (facts.free_bytes < growth) {
        findings.push_back(bad(fmt::format("{} are free, and the spool may grow by {}",
                                           byte_text(facts.free_bytes), byte_text(growth)),
                               "the disk would be full before the spool begins to thin out",
                               "make room, or lower max_size of [spool]"));
    } else {
        findings.push_back(good(fmt::format("{} are free, the spool may grow by {}",
                                            byte_text(facts.free_bytes), byte_text(growth))));
    }
    if (facts.file_system_errors.value_or(0) > 0) {
        findings.push_back(
            bad(fmt::format("the file system has met {} errors", *facts.file_system_errors),
                "files may be damaged, and more will be",
                "holdfast backup, then fsck at the next start, or another card"));
    }
    if (facts.life_used.value_or(0) >= nearly_used_up ||
        facts.reserve.value_or(reserve_normal) > reserve_normal) {
        findings.push_back(bad(reason_of_wear(facts), "it will soon take no more writes",
                               "holdfast backup, and put in another one"));
    } else if (facts.life_used) {
        findings.push_back(
            good(fmt::format("at most {} % of the disk's life are used", *facts.life_used * 10)));
    }
    return findings;
}

Findings examine_disk(const Patient& patient) {
    const auto& spool = patient.settings.spool;
    std::error_code missing;
    const auto size = fs::file_size(spool.path, missing);
    auto findings = judge_disk(disk_facts(spool.path.parent_path(), patient.root / "sys"),
                               missing ? 0 : size, spool.max_size_bytes);
    if (patient.standing.daemon_runs()) {
        const auto& told = part(*patient.standing.daemon, "/spool");
        for (auto& finding : judge_spool(told)) {
            findings.push_back(std::move(finding));
        }
        if (const auto a_day = number(told, "/written_bytes_per_day"); a_day != 0) {
            findings.push_back(good(fmt::format("the daemon writes {} a day", byte_text(a_day))));
        }
    }
    return findings;
}

} // namespace holdfast::cli::doctor
