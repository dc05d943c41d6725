// What 'holdfast policy explain' says against what the broker with the plugin does.
#include "integration/plugin/plugin_broker.hpp"
#include "plugin/explain.hpp"
#include "support/catch.hpp"
#include "support/random_policy.hpp"

#include <set>

using namespace holdfast;
using namespace holdfast::test;

namespace {

constexpr int policies = 25;
constexpr std::size_t topics_per_policy = 8;
constexpr int denied = 0x87;

struct Asker {
    std::string user; ///< empty: anonymous
    std::string client;
};

bool explained(const std::string& policy, const Asker& asker, Question::Access access,
               const std::string& topic) {
    const Question question{asker.user.empty() ? std::nullopt : std::optional(asker.user),
                            asker.client, "127.0.0.1", access, topic};
    const auto answer = explain(policy, "policy", question);
    const bool by_rule = answer.decision.reason == Decision::Reason::rule;
    REQUIRE(by_rule == !answer.text.empty());
    if (by_rule) {
        const bool denies = answer.text.find(" deny ") != std::string::npos;
        CHECK(denies == !answer.decision.allowed);
    }
    return answer.decision.allowed;
}

/// Asks the broker about everything, and compares.
void compare(const PluginBroker& broker, const std::string& policy, const Asker& asker,
             const std::set<std::string>& topics, const std::set<std::string>& filters) {
    INFO(policy << "user " << asker.user << " client " << asker.client);
    auto client = broker.client(asker.user, asker.user.empty() ? "" : "pw", asker.client,
                                MqttClient::Version::v5);
    REQUIRE(client.connect() == 0);
    for (const auto& topic : topics) {
        CAPTURE(topic);
        REQUIRE((client.publish(topic, "", 1) != denied) ==
                explained(policy, asker, Question::Access::write, topic));
    }
    for (const auto& filter : filters) {
        CAPTURE(filter);
        REQUIRE((client.subscribe(filter) != denied) ==
                explained(policy, asker, Question::Access::subscribe, filter));
        client.unsubscribe(filter);
    }
    client.subscribe("#");
    client.subscribe("$x/#");
    auto writer = broker.client("writer", "pw", "writer", MqttClient::Version::v5);
    REQUIRE(writer.connect() == 0);
    std::set<std::string> readable;
    for (const auto& topic : topics) {
        REQUIRE(writer.publish(topic, "", 1) != denied);
        if (explained(policy, asker, Question::Access::read, topic)) {
            readable.insert(topic);
        }
    }
    // Its acknowledgement comes behind all that was delivered.
    client.subscribe("unused");
    std::set<std::string> received;
    while (const auto message = client.receive(std::chrono::milliseconds(0))) {
        // Not what the plugin itself tells.
        if (message->payload.empty()) {
            received.insert(message->topic);
        }
    }
    CHECK(received == readable);
}

} // namespace

TEST_CASE("what is explained is what the broker does", "[random]") {
    const std::string writer = "user writer\ntopic write #\ntopic write $x/#\n";
    PluginBroker broker(
        users_with({{"alice", "pw"}, {"bob", "pw"}, {"carol", "pw"}, {"writer", "pw"}}), writer,
        "allow_anonymous true\nset_tcp_nodelay true\n");
    RandomPolicy random(Catch::rngSeed());
    for (int round = 0; round < policies; ++round) {
        const auto policy = random.policy_with_roles() + writer;
        std::set<std::string> topics;
        std::set<std::string> filters;
        while (topics.size() < topics_per_policy) {
            topics.insert(random.topic());
            filters.insert(random.filter());
        }
        broker.write_policy(policy);
        broker.reload();
        for (const auto& asker :
             {Asker{"", "c1"}, {"alice", "c1"}, {"bob", "b"}, {"carol", "c#"}}) {
            compare(broker, policy, asker, topics, filters);
        }
    }
}
