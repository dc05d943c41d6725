// A million operations on a broker with the plugin, whose memory is the same afterwards. For
// ./test long.
#include "core/error.hpp"
#include "integration/plugin/plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/random_policy.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <memory>
#include <random>

using namespace holdfast;
using namespace holdfast::test;

namespace {

constexpr std::size_t operations = 1'000'000;
constexpr std::size_t warm_up = operations / 10;
constexpr std::size_t operations_a_reload = 20'000;
constexpr std::size_t slots = 40;
// Less than two bytes an operation: what malloc keeps in its corners, and no leak.
constexpr std::size_t noise_bytes = 1'500'000;

std::size_t anonymous_bytes(pid_t pid) {
    std::ifstream status(fmt::format("/proc/{}/status", pid));
    std::string word;
    while (status >> word) {
        if (word == "RssAnon:") {
            std::size_t kib = 0;
            status >> kib;
            return kib * 1024;
        }
    }
    throw Error("the broker's status has no RssAnon");
}

class Churn {
public:
    explicit Churn(unsigned seed)
        : engine_(seed)
        , random_(seed)
        , broker_(users(), random_.policy_with_roles(),
                  "allow_anonymous true\nset_tcp_nodelay true\nconnection_messages false\n"
                  "log_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\n"
                  "log_type information\n") {}

    void run(std::size_t count) {
        for (std::size_t i = 1; i <= count; ++i) {
            auto& client = clients_[below(slots)];
            try {
                operate(client);
            } catch (const Error&) {
                // A reload or the guard ended its session.
                client.reset();
            }
            if (i % operations_a_reload == 0) {
                broker_.write_users(users());
                broker_.write_policy(random_.policy_with_roles());
                broker_.reload();
            }
        }
    }
    /// With nobody connected and the same files.
    std::size_t resting_bytes() {
        for (auto& client : clients_) {
            client.reset();
        }
        broker_.write_policy("user alice\ntopic a/#\n");
        broker_.reload();
        auto last = broker_.client("", "");
        REQUIRE(last.connect() == 0);
        last.disconnect();
        return anonymous_bytes(broker_.broker().pid());
    }
    std::size_t done(std::size_t kind) const { return done_.at(kind); }

private:
    using Slot = std::unique_ptr<MqttClient>;

    std::size_t below(std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_);
    }
    /// bob's password is another one each time: his sessions are cut.
    Users users() {
        auto all = users_with({{"alice", "pw"}});
        all.set("bob", PasswordHash::make("pw", 10));
        return all;
    }
    void connect(Slot& client) {
        MqttClient::Options options;
        options.username = std::array<const char*, 3>{"", "alice", "bob"}.at(below(3));
        options.password = options.username.empty() ? "" : below(50) == 0 ? "wrong" : "pw";
        options.client_id = fmt::format("c{}", below(100));
        options.version = below(2) == 0 ? MqttClient::Version::v5 : MqttClient::Version::v311;
        client = std::make_unique<MqttClient>(broker_.port(), options);
        if (client->connect() != 0) {
            client.reset();
        }
    }
    void operate(Slot& client) {
        const auto kind = client ? below(100) : 0;
        ++done_.at(client ? (kind < 4 ? 1U : kind < 20 ? 2U : 3U) : 0U);
        if (!client) {
            connect(client);
        } else if (kind < 2) {
            client->disconnect();
            client.reset();
        } else if (kind < 4) {
            client.reset(); // without a DISCONNECT
        } else if (kind < 16) {
            client->subscribe(random_.filter());
        } else if (kind < 20) {
            client->unsubscribe(random_.filter());
        } else {
            client->publish(random_.topic(), "payload", kind < 60 ? 1 : 0);
        }
    }

    std::mt19937 engine_;
    RandomPolicy random_;
    PluginBroker broker_;
    std::array<Slot, slots> clients_;
    std::array<std::size_t, 4> done_{}; // connects, ends, subscriptions, publishes
};

} // namespace

TEST_CASE("a million operations leave the broker's memory as it was", "[.long]") {
    Churn churn(Catch::rngSeed());
    churn.run(warm_up);
    const auto before = churn.resting_bytes();
    churn.run(operations - warm_up);
    const auto after = churn.resting_bytes();
    WARN(churn.done(0) << " connects, " << churn.done(1) << " ends, " << churn.done(2)
                       << " subscriptions, " << churn.done(3) << " publishes: " << before
                       << " bytes before, " << after << " after");
    CHECK(after < before + noise_bytes);
    CHECK(churn.done(0) > operations / 100);
    CHECK(churn.done(3) > operations / 2);
}
