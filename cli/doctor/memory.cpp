#include "cli/doctor/examinations.hpp"
#include "cli/doctor/processes.hpp"
#include "cli/json_fields.hpp"

#include <fmt/format.h>

namespace holdfast::cli::doctor {

namespace {

constexpr std::uint64_t kibi = 1024;
/// Broker and daemon want less than this between them; below it the kernel begins to throw out
/// what programs still use.
constexpr std::uint64_t little = 48 * kibi * kibi;

} // namespace

Findings examine_memory(const Patient& patient) {
    const auto proc = patient.root / "proc";
    Findings findings;
    const auto available = counted(proc / "meminfo", "MemAvailable") * kibi;
    if (available < little) {
        findings.push_back(note(fmt::format("{} of memory are available", byte_text(available)),
                                "the kernel ends programs when there is none left",
                                "ps --sort=-rss -eo rss,comm | head shows who has it"));
    } else {
        findings.push_back(good(fmt::format("{} are available", byte_text(available))));
    }
    if (const auto kills = counted(proc / "vmstat", "oom_kill"); kills != 0) {
        findings.push_back(note(fmt::format("since it started the kernel has ended {} programs for "
                                            "want of memory",
                                            kills),
                                "the next one may be the broker",
                                "journalctl -k | grep -i 'killed process' names them"));
    }
    for (const auto& process : processes(proc)) {
        if (process.name == "mosquitto" || process.name == "holdfast-edge") {
            const auto resident =
                counted(proc / std::to_string(process.pid) / "status", "VmRSS") * kibi;
            findings.push_back(good(fmt::format("{} (process {}) has {}", process.name, process.pid,
                                                byte_text(resident))));
        }
    }
    return findings;
}

} // namespace holdfast::cli::doctor
