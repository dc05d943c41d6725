// How fast clients that are known come back: plugin_reconnect_bench FOLDER
//
// One client connects, logs in and leaves, again and again, to brokers in turn; the median round
// counts. The rate is by the broker's CPU time, which a busy machine does not change. Known means
// that the plugin has verified the password before, with 210 000 iterations.

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "measured_broker.hpp"
#include "mqtt_connection.hpp"
#include "plugin/users.hpp"
#include "rule_sets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

using namespace holdfast;
using namespace holdfast::bench;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int rounds = 9;
constexpr int logins = 1'000;

void log_in(std::uint16_t port) {
    const MqttConnection connection(port);
    connection.send_connect("device", user, password);
    if (connection.connack() != 0) {
        throw Error("the broker refuses the user");
    }
    connection.disconnect();
}

struct Cost {
    double a_second;
    double cpu_us;
};

Cost measure_round(const MeasuredBroker& broker) {
    const auto cpu = broker.cpu_time();
    const auto start = Clock::now();
    for (int i = 0; i < logins; ++i) {
        log_in(broker.port());
    }
    const std::chrono::duration<double> took = Clock::now() - start;
    const std::chrono::duration<double, std::micro> used = broker.cpu_time() - cpu;
    return {logins / took.count(), used.count() / logins};
}

Cost median(std::vector<Cost> costs) {
    const auto middle = [&](auto field) {
        std::sort(costs.begin(), costs.end(),
                  [&](const Cost& a, const Cost& b) { return a.*field < b.*field; });
        return costs[costs.size() / 2].*field;
    };
    return {middle(&Cost::a_second), middle(&Cost::cpu_us)};
}

void measure(const std::filesystem::path& folder) {
    const auto files = folder / "files";
    const auto plugin = with_holdfast(files, 100);
    Users users;
    users.set(user, PasswordHash::make(password));
    write_file(files / "users", users.str(), FileMode::group);
    const MeasuredBroker without(folder / "without", with_nothing());
    const MeasuredBroker holdfast(folder / "holdfast", plugin);
    const MeasuredBroker stock(folder / "stock", with_acl_file(folder / "stock-files", 100));
    std::array<std::vector<Cost>, 3> costs;
    log_in(holdfast.port()); // now the user is known
    for (int round = 0; round < rounds; ++round) {
        costs[0].push_back(measure_round(without));
        costs[1].push_back(measure_round(holdfast));
        costs[2].push_back(measure_round(stock));
    }
    const auto base = median(costs[0]);
    // The broker has one thread: its CPU time is what bounds the rate.
    const auto print = [&](const char* name, const Cost& cost) {
        fmt::print("{:44} {:5.1f} us of the broker's CPU a login: {:4.2f} x the rate; {:6.0f} a "
                   "second seen\n",
                   name, cost.cpu_us, base.cpu_us / cost.cpu_us, cost.a_second);
    };
    print("no passwords", base);
    print("holdfast, a known user, 210 000 iterations", median(costs[1]));
    print("password_file, 101 iterations", median(costs[2]));
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: plugin_reconnect_bench FOLDER\n");
        return 2;
    }
    try {
        measure(std::filesystem::absolute(argv[1]));
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "plugin_reconnect_bench: {}\n", error.what());
        return 3;
    }
}
