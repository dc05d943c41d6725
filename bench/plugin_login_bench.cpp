// How long a broker with the plugin makes its clients wait while others log in:
// plugin_login_bench PLUGIN.so
//
// One client that is connected sends PINGREQ after PINGREQ; the longest wait for a PINGRESP is what
// the logins cost everybody. Hashes have 210 000 iterations, as `holdfast user` makes them.

#include "core/atomic_file.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/unique_fd.hpp"
#include "plugin/users.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

using namespace holdfast;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

namespace {

UniqueFd connect_to(std::uint16_t port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw_errno("cannot connect to the broker");
    }
    return fd;
}

/// Just enough of MQTT 3.1.1, on a blocking socket: 50 lines that measure nothing but the broker.
class Connection {
public:
    explicit Connection(std::uint16_t port)
        : fd_(connect_to(port)) {}

    void send_connect(const std::string& client, const std::string& user,
                      const std::string& password) const {
        const auto field = [](const std::string& text) {
            return std::string{'\0', static_cast<char>(text.size())} + text;
        };
        std::string body = field("MQTT");
        body += std::string{4, static_cast<char>(0xC2), 0, 60}; // clean session, user, password
        body += field(client) + field(user) + field(password);
        send(std::string{0x10, static_cast<char>(body.size())} + body);
    }
    /// Waits for it.
    int connack() const { return receive(4)[3]; }
    void ping() const {
        send(std::string{static_cast<char>(0xC0), 0});
        receive(2);
    }

private:
    void send(const std::string& bytes) const {
        if (::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(bytes.size())) {
            throw_errno("cannot write to the broker");
        }
    }
    std::string receive(std::size_t size) const {
        std::string bytes(size, '\0');
        if (::recv(fd_.get(), bytes.data(), size, MSG_WAITALL) != static_cast<ssize_t>(size)) {
            throw Error("the broker ended a connection");
        }
        return bytes;
    }

    UniqueFd fd_;
};

/// The longest wait of a connected client while `load` runs.
Milliseconds longest_wait(std::uint16_t port, const std::function<void()>& load) {
    std::atomic<bool> done{false};
    Milliseconds longest{0};
    const Connection bystander(port);
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
    std::vector<Connection> connections;
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

void measure(const std::string& plugin, const std::filesystem::path& folder) {
    Users users;
    for (const auto* name : {"bystander", "crowd", "fresh"}) {
        users.set(name, PasswordHash::make("right"));
    }
    const auto port = free_loopback_port();
    write_file(folder / "users", users.str(), FileMode::group);
    write_file(folder / "policy", "", FileMode::group);
    write_file(folder / "mosquitto.conf",
               fmt::format("{}listener {} 127.0.0.1\nlog_dest stderr\nmax_queued_messages 0\n"
                           "set_tcp_nodelay true\nplugin {}\nplugin_opt_users {}/users\n"
                           "plugin_opt_policy {}/policy\n",
                           ::geteuid() == 0 ? "user root\n" : "", port, plugin, folder.string(),
                           folder.string()),
               FileMode::group);
    ChildProcess broker(ChildProcess::Command{
        {find_program("mosquitto"), "-c", (folder / "mosquitto.conf").string()}, folder / "log"});
    while (read_file(folder / "log").find(" running") == std::string::npos) {
        if (!broker.running()) {
            throw Error("the broker does not start: " + read_file(folder / "log"));
        }
        std::this_thread::sleep_for(10ms);
    }
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
    broker.stop(10s);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: plugin_login_bench PLUGIN.so\n");
        return 2;
    }
    std::string folder = std::filesystem::temp_directory_path() / "plugin_login_bench.XXXXXX";
    try {
        if (::mkdtemp(folder.data()) == nullptr) {
            throw_errno("cannot make " + folder);
        }
        measure(std::filesystem::absolute(argv[1]), folder);
        std::filesystem::remove_all(folder);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "plugin_login_bench: {}\n", error.what());
        return 3;
    }
}
