// The compiled policy against Mosquitto's own acl_file, over random policies.
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "plugin/policy.hpp"
#include "support/broker.hpp"
#include "support/catch.hpp"
#include "support/mqtt_client.hpp"
#include "support/random_policy.hpp"

#include <fmt/format.h>

#include <set>

using namespace holdfast;
using namespace holdfast::test;

namespace {

constexpr int policies = 60;
constexpr int topics_per_policy = 12;
constexpr int denied = 0x87;

MqttClient::Options v5_as(const std::string& user, const std::string& client_id) {
    MqttClient::Options options;
    options.username = user;
    options.client_id = client_id;
    options.version = MqttClient::Version::v5;
    return options;
}

class StockBroker {
public:
    StockBroker()
        : broker_((set_policy(""), fmt::format("allow_anonymous true\nset_tcp_nodelay true\n"
                                               "acl_file {}\n",
                                               (files_ / "acl").string()))) {}

    void reload(const std::string& policy) {
        set_policy(policy);
        const auto before = broker_.log().size();
        broker_.sighup();
        REQUIRE(broker_.wait_for_log("Reloading config", before));
    }
    std::uint16_t port() const { return broker_.port(); }
    // From 2.1 on a level that has a placeholder and anything else beside it means itself.
    bool fills_in_parts_of_levels() const {
        return broker_.log().find("mosquitto version 2.0.") != std::string::npos;
    }

private:
    // The writer may write everything: its own rules come before any pattern.
    void set_policy(const std::string& text) const {
        write_file(files_ / "acl", text + "user writer\ntopic write #\ntopic write $x/#\n",
                   FileMode::group);
    }

    TempFolder files_;
    Broker broker_;
};

bool has_parts_of_levels(const std::string& policy) {
    return policy.find("x%u") != std::string::npos || policy.find("%c-%u") != std::string::npos;
}

std::set<std::string> writable(const StockBroker& stock, const MqttClient::Options& who,
                               const std::set<std::string>& topics) {
    MqttClient client(stock.port(), who);
    REQUIRE(client.connect() == 0);
    std::set<std::string> allowed;
    for (const auto& topic : topics) {
        if (client.publish(topic, "", 1) != denied) {
            allowed.insert(topic);
        }
    }
    return allowed;
}

std::set<std::string> readable(const StockBroker& stock, const MqttClient::Options& who,
                               const std::set<std::string>& topics) {
    MqttClient reader(stock.port(), who);
    MqttClient writer(stock.port(), v5_as("writer", "writer"));
    REQUIRE(reader.connect() == 0);
    REQUIRE(writer.connect() == 0);
    reader.subscribe("#");
    reader.subscribe("$x/#");
    for (const auto& topic : topics) {
        REQUIRE(writer.publish(topic, "", 1) != denied);
    }
    // Its acknowledgement comes behind all that was delivered.
    reader.subscribe("unused");
    std::set<std::string> received;
    while (const auto message = reader.receive(std::chrono::milliseconds(0))) {
        received.insert(message->topic);
    }
    return received;
}

std::set<std::string> ours(const Policy& policy, Policy::Access access, const std::string& user,
                           const std::string& client_id, const std::set<std::string>& topics) {
    const ClientNames names{user.empty() ? std::nullopt : std::optional<std::string_view>(user),
                            client_id};
    std::set<std::string> allowed;
    for (const auto& topic : topics) {
        if (policy.decide(access, names, topic).allowed) {
            allowed.insert(topic);
        }
    }
    return allowed;
}

} // namespace

TEST_CASE("the policy decides as the acl_file of Mosquitto does", "[random]") {
    StockBroker stock;
    RandomPolicy random(Catch::rngSeed());
    std::size_t allowed = 0;
    std::size_t asked = 0;
    for (int round = 0; round < policies; ++round) {
        auto text = random.policy();
        while (has_parts_of_levels(text) && !stock.fills_in_parts_of_levels()) {
            text = random.policy();
        }
        const Policy policy(parse_policy(text, "policy"));
        std::set<std::string> topics;
        while (topics.size() < topics_per_policy) {
            topics.insert(random.topic());
        }
        stock.reload(text);
        for (const auto& [user, client_id] : {std::pair<std::string, std::string>{"", "c1"},
                                              {"alice", "c1"},
                                              {"bob", "b"},
                                              {"carol", "c1"},
                                              {"a+", "c1"},
                                              {"alice", "c#"}}) {
            INFO(text << "user " << user << " client " << client_id);
            const auto who = v5_as(user, client_id);
            const auto may_write = ours(policy, Policy::Access::write, user, client_id, topics);
            const auto may_read = ours(policy, Policy::Access::read, user, client_id, topics);
            REQUIRE(writable(stock, who, topics) == may_write);
            REQUIRE(readable(stock, who, topics) == may_read);
            allowed += may_write.size() + may_read.size();
            asked += 2 * topics.size();
        }
    }
    // A generator that made everything allowed, or nothing, would prove nothing.
    CHECK(allowed > asked / 50);
    CHECK(allowed < asked / 2);
}

TEST_CASE("a line that Mosquitto reads is read and a line that it refuses is refused") {
    const auto line =
        GENERATE(as<std::string>(), "topic read a b", "topic read", "topic read \ta", "\ttopic a",
                 "  topic   a", " # x", "topic", "user", "user a b ", "topic reed a", "topic a#",
                 "topic a/+b", "topic deny #/a", "pattern read %c+", "pattern %u/+", "nonsense",
                 "#topic", "user #", "topic read\ta", "topic /", "topic read a\v");
    const TempFolder folder;
    write_file(folder / "acl", line + "\n", FileMode::group);
    bool stock_reads = true;
    try {
        const Broker broker(
            fmt::format("allow_anonymous true\nacl_file {}\n", (folder / "acl").string()));
    } catch (const Error&) {
        stock_reads = false;
    }
    bool we_read = true;
    try {
        parse_policy(line + "\n", "policy");
    } catch (const InputError&) {
        we_read = false;
    }
    CAPTURE(line);
    CHECK(we_read == stock_reads);
}
