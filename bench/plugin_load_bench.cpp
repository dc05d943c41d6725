// What many rules cost: plugin_load_bench FOLDER
//
// The time of one decision among 10 to 100 000 rules, what it takes to load 100 000 rules and
// 10 000 users, and how much memory the broker has more than one without a plugin.

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "measured_broker.hpp"
#include "plugin/policy.hpp"
#include "plugin/users.hpp"
#include "rule_sets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <random>
#include <vector>

using namespace holdfast;
using namespace holdfast::bench;
using Clock = std::chrono::steady_clock;

namespace {

constexpr unsigned many_rules = 100'000;
constexpr unsigned many_users = 10'000;
constexpr std::size_t samples = 20'000;
constexpr std::size_t decisions_a_sample = 16; // so that reading the clock does not count

/// Nanoseconds of one decision: the median, and what one in a hundred exceeds.
std::pair<double, double> decision_time(const std::filesystem::path& folder, unsigned rules) {
    with_holdfast(folder, rules);
    const Policy policy(parse_policy(read_file(folder / "policy"), "policy"));
    std::mt19937 random(1);
    const ClientNames names{user, "client"};
    // As in a broker, the topic has just come in, and the rules it meets are somewhere in memory.
    std::array<std::string, decisions_a_sample> topics;
    std::vector<double> times;
    for (std::size_t sample = 0; sample < samples; ++sample) {
        for (auto& topic : topics) {
            topic = topic_of(1 + static_cast<unsigned>(random() % rules));
        }
        bool allowed = true;
        const auto start = Clock::now();
        for (const auto& topic : topics) {
            allowed = policy.decide(Policy::Access::write, names, topic).allowed && allowed;
        }
        const std::chrono::duration<double, std::nano> took = Clock::now() - start;
        times.push_back(took.count() / static_cast<double>(decisions_a_sample));
        if (!allowed) {
            throw Error("a topic was denied that a rule allows");
        }
    }
    std::sort(times.begin(), times.end());
    return {times[times.size() / 2], times[times.size() * 99 / 100]};
}

/// Nanoseconds of one read from somewhere in 16 MiB whose address the read before it gave: what no
/// search among that many rules can do without. The median.
double read_time() {
    struct alignas(64) Line {
        std::size_t next;
    };
    std::vector<Line> lines(16 * 1024 * 1024 / sizeof(Line));
    std::vector<std::size_t> order(lines.size());
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), std::mt19937(1));
    for (std::size_t i = 0; i < order.size(); ++i) {
        lines[order[i]].next = order[(i + 1) % order.size()];
    }
    std::vector<double> times;
    std::size_t at = 0;
    for (std::size_t sample = 0; sample < samples; ++sample) {
        const auto start = Clock::now();
        for (std::size_t i = 0; i < decisions_a_sample; ++i) {
            at = lines[at].next;
        }
        const std::chrono::duration<double, std::nano> took = Clock::now() - start;
        times.push_back(took.count() / static_cast<double>(decisions_a_sample));
    }
    std::sort(times.begin(), times.end());
    // Always so, but the compiler does not know, and keeps the reads.
    return at < lines.size() ? times[times.size() / 2] : 0;
}

/// 10 000 users, each with its share of the rules.
void write_many(const std::filesystem::path& folder, unsigned users_count, unsigned rules) {
    std::filesystem::create_directories(folder);
    const auto hash = PasswordHash::make(password, 101);
    Users users;
    std::string policy;
    for (unsigned i = 0; i < users_count; ++i) {
        const auto name = fmt::format("user-{}", i);
        users.set(name, hash);
        policy += "user " + name + "\n";
        for (unsigned j = 0; j < rules / users_count; ++j) {
            policy += "topic readwrite " + topic_of(i * (rules / users_count) + j + 1) + "\n";
        }
    }
    write_file(folder / "users", users.str(), FileMode::group);
    write_file(folder / "policy", policy, FileMode::group);
}

void measure_load(const std::filesystem::path& folder, unsigned users, unsigned rules,
                  const MeasuredBroker& bare) {
    const auto config = with_holdfast(folder / "files", 1);
    write_many(folder / "files", users, rules);
    const auto start = Clock::now();
    Users::parse(read_file(folder / "files/users"), "users");
    const Policy policy(parse_policy(read_file(folder / "files/policy"), "policy"));
    const std::chrono::duration<double> took = Clock::now() - start;
    const MeasuredBroker broker(folder / "broker", config);
    constexpr double mebibyte = 1024.0 * 1024.0;
    fmt::print("{:6} rules, {:5} users: loaded in {:6.3f} s, broker up after {:6.3f} s, "
               "{:5.2f} MiB more than without a plugin ({:.2f} MiB)\n",
               rules, users, took.count(), broker.start_time().count(),
               static_cast<double>(broker.resident_bytes() - bare.resident_bytes()) / mebibyte,
               static_cast<double>(bare.resident_bytes()) / mebibyte);
}

void measure(const std::filesystem::path& folder) {
    for (const unsigned rules : {10U, 100U, 10'000U, many_rules}) {
        const auto [median, rare] =
            decision_time(folder / fmt::format("decisions-{}", rules), rules);
        fmt::print("{:6} rules: a decision takes {:6.0f} ns (median), {:6.0f} ns (99 of 100)\n",
                   rules, median, rare);
    }
    fmt::print("one read from somewhere in 16 MiB takes {:6.0f} ns (median)\n", read_time());
    const MeasuredBroker bare(folder / "bare", with_nothing());
    measure_load(folder / "few", 10, 100, bare);
    measure_load(folder / "many", many_users, many_rules, bare);
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: plugin_load_bench FOLDER\n");
        return 2;
    }
    try {
        measure(std::filesystem::absolute(argv[1]));
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "plugin_load_bench: {}\n", error.what());
        return 3;
    }
}
