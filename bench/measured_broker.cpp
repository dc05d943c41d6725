#include "measured_broker.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "mqtt_connection.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <thread>

namespace holdfast::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto start_limit = std::chrono::seconds(60);

ChildProcess start(const std::filesystem::path& folder, std::uint16_t port,
                   const std::string& config) {
    std::filesystem::create_directories(folder);
    const auto file = folder / "mosquitto.conf";
    write_file(file,
               fmt::format("{}listener {} 127.0.0.1\nlog_dest stderr\nlog_type error\n"
                           "log_type warning\nmax_queued_messages 0\nset_tcp_nodelay true\n{}",
                           ::geteuid() == 0 ? "user root\n" : "", port, config),
               FileMode::group);
    return ChildProcess({{find_program("mosquitto"), "-c", file.string()}, folder / "log"});
}

} // namespace

MeasuredBroker::MeasuredBroker(const std::filesystem::path& folder, const std::string& config)
    : process_(start(folder, port(), config)) {
    const auto started = Clock::now();
    for (;;) {
        try {
            const MqttConnection probe(port());
            break;
        } catch (const Error&) {
            if (!process_.running() || Clock::now() - started > start_limit) {
                throw Error("the broker does not start: " + read_file(folder / "log"));
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }
    start_time_ = Clock::now() - started;
}

std::chrono::nanoseconds MeasuredBroker::cpu_time() const {
    clockid_t clock{};
    timespec used{};
    if (::clock_getcpuclockid(process_.pid(), &clock) != 0 || ::clock_gettime(clock, &used) != 0) {
        throw Error("cannot read the broker's CPU time");
    }
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

std::uint64_t MeasuredBroker::resident_bytes() const {
    std::ifstream status(fmt::format("/proc/{}/status", process_.pid()));
    std::string word;
    while (status >> word) {
        if (word == "VmRSS:") {
            std::uint64_t kib = 0;
            status >> kib;
            return kib * 1024;
        }
    }
    throw Error("cannot read the broker's memory");
}

} // namespace holdfast::bench
