#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::cli::doctor {

struct Process {
    pid_t pid;
    std::string name; ///< at most 15 characters (proc(5), comm)
};

/// Those that run; `proc` is where procfs is mounted.
std::vector<Process> processes(const std::filesystem::path& proc);

/// The number behind `Name:` or `name ` in /proc/meminfo, /proc/PID/status or /proc/vmstat;
/// 0 where there is none.
std::uint64_t counted(const std::filesystem::path& file, const std::string& name);

} // namespace holdfast::cli::doctor
