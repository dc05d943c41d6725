// What a message costs the broker: plugin_message_bench FOLDER
//
// One publisher, one subscriber, QoS 0, 64 bytes, on a topic that the last rule allows. CPU time of
// the broker's process for a message, all brokers in turn, several rounds; the median round counts.

#include "core/error.hpp"
#include "measured_broker.hpp"
#include "mqtt_connection.hpp"
#include "rule_sets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

using namespace holdfast;
using namespace holdfast::bench;

namespace {

constexpr int rounds = 7;
constexpr int messages = 20'000;
constexpr int messages_at_once = 50;
const std::string payload(64, 'x');

class Candidate {
public:
    Candidate(std::string name, const std::filesystem::path& folder, const std::string& config,
              unsigned rules, int bursts)
        : name_(std::move(name))
        , broker_(folder, config)
        , burst_(burst(topic_of(rules)))
        , bursts_(bursts)
        , publisher_(log_in("publisher"))
        , subscriber_(log_in("subscriber")) {
        subscriber_.subscribe(topic_of(rules));
        run(1); // whatever the first messages cost
    }

    void measure() {
        const auto before = broker_.cpu_time();
        run(bursts_);
        const std::chrono::duration<double, std::micro> used = broker_.cpu_time() - before;
        costs_.push_back(used.count() / bursts_ / messages_at_once);
    }
    const std::string& name() const noexcept { return name_; }
    double median() const {
        auto sorted = costs_;
        std::sort(sorted.begin(), sorted.end());
        return sorted[sorted.size() / 2];
    }

private:
    static std::string burst(const std::string& topic) {
        std::string bytes;
        for (int i = 0; i < messages_at_once; ++i) {
            bytes += publish_packet(topic, payload);
        }
        return bytes;
    }
    MqttConnection log_in(const std::string& client) const {
        MqttConnection connection(broker_.port());
        connection.send_connect(client, user, password);
        if (connection.connack() != 0) {
            throw Error(name_ + " refuses the user");
        }
        return connection;
    }
    void run(int bursts) const {
        for (; bursts > 0; --bursts) {
            publisher_.send(burst_);
            subscriber_.receive(burst_.size());
        }
    }

    std::string name_;
    MeasuredBroker broker_;
    std::string burst_;
    int bursts_;
    MqttConnection publisher_;
    MqttConnection subscriber_;
    std::vector<double> costs_;
};

void measure(const std::filesystem::path& folder) {
    std::vector<std::unique_ptr<Candidate>> candidates;
    const auto add = [&](const std::string& name, const std::string& config, unsigned rules) {
        // What compares a message with each rule gets fewer messages.
        const bool slow = rules >= 1000 && !name.starts_with("holdfast");
        candidates.push_back(std::make_unique<Candidate>(
            name, folder / fmt::format("broker-{}", candidates.size()), config, rules,
            messages / messages_at_once / (slow ? 20 : 1)));
    };
    add("no plugin", with_nothing(), 0);
    add("a plugin that says yes", with_yes(), 0);
    const auto files = [&](const char* kind, unsigned rules) {
        return folder / fmt::format("{}-{}", kind, rules);
    };
    for (const unsigned rules : {10U, 100U, 1'000U, 10'000U, 100'000U}) {
        add(fmt::format("holdfast, {} rules", rules),
            with_holdfast(files("holdfast", rules), rules), rules);
    }
    for (const unsigned rules : {10U, 100U, 1'000U, 10'000U}) {
        add(fmt::format("acl_file, {} rules", rules), with_acl_file(files("acl", rules), rules),
            rules);
        add(fmt::format("dynamic-security, {} rules", rules),
            with_dynsec(files("dynsec", rules), rules), rules);
    }
    for (int round = 0; round < rounds; ++round) {
        for (const auto& candidate : candidates) {
            candidate->measure();
        }
    }
    const auto bare = candidates[0]->median();
    const auto yes = candidates[1]->median();
    for (const auto& candidate : candidates) {
        const auto cost = candidate->median();
        fmt::print("{:32} {:8.2f} us a message, {:6.2f} x no plugin, {:+8.2f} us to yes\n",
                   candidate->name(), cost, cost / bare, cost - yes);
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: plugin_message_bench FOLDER\n");
        return 2;
    }
    try {
        measure(std::filesystem::absolute(argv[1]));
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "plugin_message_bench: {}\n", error.what());
        return 3;
    }
}
