// How long a broker with the plugin makes its clients wait while others log in:
// plugin_login_bench FOLDER
//
// One client that is connected sends PINGREQ after PINGREQ; the longest wait for a PINGRESP is what
// the logins cost everybody. Hashes have 210 000 iterations, as `holdfast user` makes them.
// Then what a login costs a broker that was restarted, with and without the memory of logins; it
// takes a tmpfs at /dev/shm.

#include "core/atomic_file.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/temporary_folder.hpp"
#include "measured_broker.hpp"
#include "mqtt_connection.hpp"
#include "plugin/login_memory.hpp"
#include "plugin/users.hpp"
#include "rule_sets.hpp"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

using namespace holdfast;
using namespace holdfast::bench;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

namespace {

/// The longest wait of a connected client while `load` runs.
Milliseconds longest_wait(std::uint16_t port, const std::function<void()>& load) {
    std::atomic<bool> done{false};
    Milliseconds longest{0};
    const MqttConnection bystander(port);
    bystander.send_connect("bystander", "bystander", "right");
    bystander.connack();
    std::thread pinging([&] {
        while (!done) {
            const auto start = Clock::now();
            bystander.ping();
            longest = std::max<Milliseconds>(longest, Clock::now() - start);
            std::this_thread::sleep_for(1ms);
        }
    });
    load();
    done = true;
    pinging.join();
    return longest;
}

/// `count` clients that send CONNECT before any of them reads its CONNACK; how many got in.
unsigned log_in_at_once(std::uint16_t port, unsigned count, const std::string& user,
                        const std::string& password) {
    std::vector<MqttConnection> connections;
    for (unsigned i = 0; i < count; ++i) {
        connections.emplace_back(port);
    }
    for (unsigned i = 0; i < count; ++i) {
        connections[i].send_connect(fmt::format("{}-{}", user, i), user, password);
    }
    unsigned accepted = 0;
    for (const auto& connection : connections) {
        accepted += connection.connack() == 0 ? 1U : 0U;
    }
    return accepted;
}

void report(const std::string& what, std::uint16_t port, const std::function<unsigned()>& load) {
    unsigned accepted = 0;
    const auto start = Clock::now();
    const auto wait = longest_wait(port, [&] { accepted = load(); });
    const Milliseconds took = Clock::now() - start;
    fmt::print("{:44} others wait at most {:8.1f} ms, done after {:8.1f} ms, {} accepted\n", what,
               wait.count(), took.count(), accepted);
}

void measure(const std::filesystem::path& folder) {
    Users users;
    for (const auto* name : {"bystander", "crowd", "fresh"}) {
        users.set(name, PasswordHash::make("right"));
    }
    const auto config = with_holdfast(folder / "files", 1);
    write_file(folder / "files/users", users.str(), FileMode::group);
    const MeasuredBroker broker(folder / "broker", config);
    const auto port = broker.port();
    log_in_at_once(port, 1, "bystander", "right");
    report("nothing, for a second", port, [] {
        std::this_thread::sleep_for(1s);
        return 0U;
    });
    report("one right password, not known yet", port,
           [&] { return log_in_at_once(port, 1, "fresh", "right"); });
    report("100 logins of one user, not known yet", port,
           [&] { return log_in_at_once(port, 100, "crowd", "right"); });
    report("900 logins of a known user", port,
           [&] { return log_in_at_once(port, 900, "crowd", "right"); });
    report("one wrong password", port, [&] { return log_in_at_once(port, 1, "fresh", "wrong"); });
    report("100 wrong passwords of one user", port,
           [&] { return log_in_at_once(port, 100, "nobody", "wrong"); });
    report("100 wrong passwords of 100 users", port, [&] {
        unsigned accepted = 0;
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < 100; ++i) {
            threads.emplace_back(
                [&port, i] { log_in_at_once(port, 1, fmt::format("user-{}", i), "wrong"); });
        }
        for (auto& thread : threads) {
            thread.join();
        }
        return accepted;
    });
    report("900 logins of a known user after that", port,
           [&] { return log_in_at_once(port, 900, "crowd", "right"); });
}

std::string name_of(unsigned number) {
    return fmt::format("user-{}", number);
}

/// `count` users log in at once at a broker that has just been started.
void report_start(const std::string& what, const std::filesystem::path& folder,
                  const std::string& config, unsigned count) {
    const MeasuredBroker broker(folder, config);
    std::vector<MqttConnection> connections;
    for (unsigned i = 0; i < count; ++i) {
        connections.emplace_back(broker.port());
    }
    const auto used = broker.cpu_time();
    const auto start = Clock::now();
    for (unsigned i = 0; i < count; ++i) {
        connections[i].send_connect(name_of(i), name_of(i), "right");
    }
    unsigned accepted = 0;
    for (const auto& connection : connections) {
        accepted += connection.connack() == 0 ? 1U : 0U;
    }
    const Milliseconds took = Clock::now() - start;
    const std::chrono::duration<double, std::micro> each = (broker.cpu_time() - used) / count;
    fmt::print("{:44} {:10.1f} us of the broker each, done after {:8.1f} ms, {} accepted\n", what,
               each.count(), took.count(), accepted);
}

void measure_starts(const std::filesystem::path& folder) {
    constexpr unsigned known = 1000;
    constexpr unsigned unknown = 20;
    const auto hash = PasswordHash::make("right");
    Users users;
    for (unsigned i = 0; i < known; ++i) {
        users.set(name_of(i), hash);
    }
    const auto config = with_holdfast(folder / "start-files", 1);
    write_file(folder / "start-files/users", users.str(), FileMode::group);
    // As a broker left it that has verified them all, which takes it two minutes.
    const TemporaryFolder in_memory("/dev/shm/holdfast-bench-");
    auto memory = LoginMemory::in_file(in_memory / "memory", known, Log::silent());
    for (unsigned i = 0; i < known; ++i) {
        memory.add({name_of(i), "right", hash.str()}, boot_now());
    }
    report_start("20 users after a restart, not remembered", folder / "forgetful", config, unknown);
    report_start("1000 users after a restart, remembered", folder / "remembering",
                 config +
                     fmt::format("plugin_opt_login_memory {}\n", (in_memory / "memory").string()),
                 known);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: plugin_login_bench FOLDER\n");
        return 2;
    }
    try {
        measure(std::filesystem::absolute(argv[1]));
        measure_starts(std::filesystem::absolute(argv[1]));
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "plugin_login_bench: {}\n", error.what());
        return 3;
    }
}
