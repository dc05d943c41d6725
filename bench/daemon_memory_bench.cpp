// What the daemon holds in memory: daemon_memory_bench FOLDER [BACKLOG [SECONDS]]
//
// An appliance with BACKLOG readings (10 000 000) in its spool and no link: resident memory of
// holdfast-edge after SECONDS (90), of that its own (RssAnon), and the most it ever was. Then the
// link returns, and the same while the backlog drains for SECONDS.

#include "core/error.hpp"
#include "uplink_stage.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <thread>

using namespace holdfast;
using namespace holdfast::bench;

namespace {

std::uint64_t kib(pid_t process, const std::string& name) {
    std::ifstream status(fmt::format("/proc/{}/status", process));
    for (std::string word; status >> word;) {
        if (word == name + ":") {
            std::uint64_t value = 0;
            status >> value;
            return value;
        }
    }
    throw Error(fmt::format("process {} is gone, or its kernel does not say {}", process, name));
}

void print(std::string_view when, pid_t process) {
    fmt::print("{:<10} {:>9} KiB resident, {:>6} its own, {:>6} at most\n", when,
               kib(process, "VmRSS"), kib(process, "RssAnon"), kib(process, "VmHWM"));
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: daemon_memory_bench FOLDER [BACKLOG [SECONDS]]\n");
        return 2;
    }
    try {
        const auto folder = std::filesystem::path(argv[1]) / "daemon-memory";
        const auto backlog = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000'000;
        const std::chrono::seconds wait(argc > 3 ? std::strtol(argv[3], nullptr, 10) : 90);
        {
            UplinkStage stage(folder);
            stage.start_appliance(backlog);
            std::this_thread::sleep_for(wait);
            print("outage", stage.daemon());
            stage.network().pass();
            std::this_thread::sleep_for(wait);
            print("draining", stage.daemon());
        }
        std::filesystem::remove_all(folder);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "daemon_memory_bench: {}\n", error.what());
        return 3;
    }
}
