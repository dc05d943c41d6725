// What the plugin does for a broker that is started again: it knows its users, and has systemd know
// when a start is due.
#include "core/unique_fd.hpp"
#include "plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/memory_folder.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <cstdlib>
#include <fstream>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

constexpr std::string_view policy = "user owner\ntopic read holdfast/audit/#\n";
constexpr int crowd = 20;

Users users_and_owner(const std::string& password) {
    auto users = users_with({{"owner", "olive"}});
    for (int i = 0; i < crowd; ++i) {
        users.set(fmt::format("user-{}", i), PasswordHash::make(password, 10));
    }
    return users;
}

/// How many of the crowd get in.
int log_in(const PluginBroker& site, const std::string& password) {
    int accepted = 0;
    for (int i = 0; i < crowd; ++i) {
        accepted += site.client(fmt::format("user-{}", i), password).connect() == 0 ? 1 : 0;
    }
    return accepted;
}

/// How many passwords were hashed, once that many logins are counted.
int hashed_after(const PluginBroker& site, int logins) {
    auto owner = site.client("owner", "olive");
    REQUIRE(owner.connect() == 0);
    REQUIRE(owner.subscribe("holdfast/audit/counters") == 0);
    while (const auto message = owner.receive()) {
        const auto counters = Json::parse(message->payload);
        const auto& counted = counters["logins"];
        if (counted["accepted"].get<int>() + counted["refused"].get<int>() >= logins + 1) {
            return counters["passwords"]["hashed"];
        }
    }
    return -1;
}

enum class End { stop, kill };

void end(Broker& broker, End how) {
    if (how == End::stop) {
        broker.stop();
    } else {
        broker.kill();
    }
}

/// Where a service manager listens.
class NotifySocket {
public:
    NotifySocket()
        : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const auto path = (folder_ / "notify").string();
        REQUIRE(path.size() < sizeof address.sun_path);
        path.copy(address.sun_path, path.size());
        REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                       sizeof address) == 0);
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1); // for the broker
    }
    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;
    ~NotifySocket() { ::unsetenv("NOTIFY_SOCKET"); }

    std::optional<std::string> receive(std::chrono::milliseconds limit) {
        pollfd waiting{socket_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, static_cast<int>(limit.count())) != 1) {
            return std::nullopt;
        }
        std::string message(4096, '\0');
        const auto size = ::recv(socket_.get(), message.data(), message.size(), 0);
        message.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return message;
    }
    /// Whether `wanted` comes, whatever comes before it.
    bool gets(std::string_view wanted) {
        while (const auto message = receive(30s)) {
            if (*message == wanted) {
                return true;
            }
        }
        return false;
    }

private:
    TempFolder folder_;
    UniqueFd socket_;
};

bool is_stopped(pid_t pid) {
    std::ifstream stat(fmt::format("/proc/{}/stat", pid));
    std::string number;
    std::string name;
    std::string state;
    stat >> number >> name >> state;
    return state == "T";
}

} // namespace

TEST_CASE("a broker that was stopped or killed knows its users again without a hash") {
    if (!MemoryFolder::available()) {
        SKIP_TEST("needs a tmpfs at /dev/shm");
    }
    const auto how = GENERATE(End::stop, End::kill);
    const MemoryFolder folder;
    PluginBroker site(users_and_owner("apple"), policy,
                      fmt::format("plugin_opt_login_memory {}\n", (folder / "memory").string()));
    REQUIRE(log_in(site, "apple") == crowd);
    REQUIRE(site.client("owner", "olive").connect() == 0);
    end(site.broker(), how);
    site.broker().restart();
    REQUIRE(log_in(site, "apple") == crowd);
    CHECK(hashed_after(site, crowd) == 0);
}

TEST_CASE("a password that was changed while the broker was down is the only one that counts") {
    if (!MemoryFolder::available()) {
        SKIP_TEST("needs a tmpfs at /dev/shm");
    }
    const MemoryFolder folder;
    PluginBroker site(users_and_owner("apple"), policy,
                      fmt::format("plugin_opt_login_memory {}\n", (folder / "memory").string()));
    REQUIRE(log_in(site, "apple") == crowd);
    site.broker().kill();
    auto users = users_and_owner("banana");
    site.write_users(users);
    site.broker().restart();
    CHECK(site.client("user-0", "apple").connect() == 5);
    REQUIRE(log_in(site, "banana") == crowd);
    CHECK(hashed_after(site, crowd + 1) == crowd + 2);
    // Who was removed meanwhile is unknown.
    site.broker().kill();
    users.remove("user-1");
    site.write_users(users);
    site.broker().restart();
    CHECK(site.client("user-1", "banana").connect() == 5);
    CHECK(site.client("user-2", "banana").connect() == 0);
}

TEST_CASE("a broker serves without the login memory that it cannot have and says so") {
    PluginBroker site(users_and_owner("apple"), policy,
                      "plugin_opt_login_memory /nonexistent/folder/memory\n");
    CHECK(site.broker().wait_for_log(
        "holdfast: verified logins will be forgotten when the broker ends reason=\"cannot make "
        "/nonexistent/folder/memory.new: No such file or directory\""));
    CHECK(log_in(site, "apple") == crowd);
}

TEST_CASE("the watchdog is armed by the broker's loop and fed while it turns") {
    NotifySocket manager;
    PluginBroker site(users_and_owner("apple"), policy, "plugin_opt_watchdog 1s\n");
    REQUIRE(manager.gets("WATCHDOG=1\nWATCHDOG_USEC=1000000"));
    REQUIRE(manager.gets("WATCHDOG=1"));
    const auto pid = site.broker().pid();
    REQUIRE(::kill(pid, SIGSTOP) == 0);
    REQUIRE(eventually([&] { return is_stopped(pid); }, 30s));
    while (manager.receive(0ms)) {
    }
    CHECK_FALSE(manager.receive(2s));
    REQUIRE(::kill(pid, SIGCONT) == 0);
    CHECK(manager.gets("WATCHDOG=1"));
}

TEST_CASE("without the option nobody is told of the loop") {
    NotifySocket manager;
    const PluginBroker site(users_and_owner("apple"), policy);
    REQUIRE(log_in(site, "apple") == crowd); // the loop turns
    while (const auto message = manager.receive(1s)) {
        CHECK(message->find("WATCHDOG") == std::string::npos);
    }
}
