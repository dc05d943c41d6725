// A broker with dynamic-security against one with the plugin and what was made of its
// configuration.
#include "cli/policy/dynsec_policy.hpp"
#include "core/atomic_file.hpp"
#include "integration/plugin/plugin_broker.hpp"
#include "plugin/crypto.hpp"
#include "support/catch.hpp"
#include "support/dynamic_security.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>
#include <set>

using namespace holdfast;
using namespace holdfast::test;
using nlohmann::json;

namespace dynsec = cli::dynsec;

namespace {

constexpr int configurations = 10;
constexpr int denied = 0x87;
const std::vector<std::string> words{"a", "b", "c"};
const std::vector<std::string> names{"alice", "bob", "carol"};

json acl(const std::string& type, const std::string& topic, int priority, bool allow) {
    return {{"acltype", type}, {"topic", topic}, {"priority", priority}, {"allow", allow}};
}

/// Roles, groups and clients over few words, so that lines meet often; a writer who may everything.
class RandomDynsec {
public:
    explicit RandomDynsec(unsigned seed)
        : engine_(seed) {}

    json config() {
        json roles = {{{"rolename", "all"}, {"acls", {acl("publishClientSend", "#", 0, true)}}}};
        for (const auto* name : {"r0", "r1", "r2", "r3"}) {
            roles.push_back({{"rolename", name}, {"acls", acls()}});
        }
        json clients = {client("writer")};
        clients[0]["roles"] = {{{"rolename", "all"}}};
        json groups;
        for (const auto& name : names) {
            clients.push_back(client(name));
            clients.back()["roles"] = members();
        }
        for (const auto* name : {"g0", "g1"}) {
            json clients_of_group = json::array();
            for (const auto& client : names) {
                if (below(2) == 0) {
                    clients_of_group.push_back(
                        {{"username", client}, {"priority", static_cast<int>(below(3))}});
                }
            }
            groups.push_back(
                {{"groupname", name}, {"roles", members()}, {"clients", clients_of_group}});
        }
        json config{{"defaultACLAccess",
                     {{"publishClientSend", below(5) == 0},
                      {"publishClientReceive", below(4) != 0},
                      {"subscribe", below(5) == 0},
                      {"unsubscribe", true}}},
                    {"clients", clients},
                    {"groups", groups},
                    {"roles", roles}};
        if (below(2) == 0) {
            config["anonymousGroup"] = "g0";
        }
        return config;
    }

private:
    unsigned below(unsigned limit) {
        return std::uniform_int_distribution<unsigned>(0, limit - 1)(engine_);
    }
    std::string filter() {
        std::string text;
        for (auto more = 1 + below(3); more > 0; --more) {
            text += below(4) == 0 ? "+" : words[below(3)];
            text += more > 1 ? "/" : "";
        }
        return below(4) == 0 ? text + "/#" : below(12) == 0 ? "#" : text;
    }
    json acls() {
        const std::vector<std::string> types{"publishClientSend",    "publishClientSend",
                                             "publishClientReceive", "subscribeLiteral",
                                             "subscribePattern",     "subscribePattern"};
        json list = json::array();
        std::set<std::pair<std::string, std::string>> taken; // it keeps one line for each
        for (auto more = below(5); more > 0; --more) {
            const auto type = types[below(6)];
            const auto topic = filter();
            if (taken.emplace(type, topic).second) {
                list.push_back(acl(type, topic, static_cast<int>(below(4)), below(3) != 0));
            }
        }
        return list;
    }
    json members() {
        json list = json::array();
        for (const auto* name : {"r0", "r1", "r2", "r3"}) {
            if (below(3) == 0) {
                list.push_back({{"rolename", name}, {"priority", static_cast<int>(below(3))}});
            }
        }
        return list;
    }
    /// Everybody's password is pw.
    json client(const std::string& name) {
        std::vector<unsigned char> salt(12);
        std::generate(salt.begin(), salt.end(),
                      [&] { return static_cast<unsigned char>(below(256)); });
        return {{"username", name},
                {"salt", crypto::base64(salt)},
                {"iterations", 101},
                {"password", crypto::base64(crypto::pbkdf2_sha512("pw", salt, 101))}};
    }

    std::mt19937 engine_;
};

/// What one client can write, and what it gets by subscribing to all that it may.
struct Rights {
    std::set<std::string> writes;
    std::set<std::string> reads;
};

std::set<std::string> all_topics() {
    std::set<std::string> topics;
    for (const auto& one : words) {
        topics.insert(one);
        for (const auto& two : words) {
            topics.insert(one + "/" + two);
            topics.insert(one + "/" + two + "/a");
        }
    }
    return topics;
}

Rights rights_of(const std::string& user, std::uint16_t port,
                 const std::set<std::string>& filters) {
    const auto as = [](const std::string& name) {
        MqttClient::Options options;
        options.username = name;
        options.password = name.empty() ? "" : "pw";
        options.version = MqttClient::Version::v5;
        return options;
    };
    MqttClient client(port, as(user));
    MqttClient writer(port, as("writer"));
    REQUIRE(client.connect() == 0);
    REQUIRE(writer.connect() == 0);
    Rights rights;
    for (const auto& topic : all_topics()) {
        if (client.publish(topic, "", 1) != denied) {
            rights.writes.insert(topic);
        }
    }
    for (const auto& filter : filters) {
        client.subscribe(filter);
    }
    for (const auto& topic : all_topics()) {
        REQUIRE(writer.publish(topic, "", 1) != denied);
    }
    client.subscribe("unused");
    while (const auto message = client.receive(std::chrono::milliseconds(0))) {
        // Not what the plugin tells about denials.
        if (message->payload.empty()) {
            rights.reads.insert(message->topic);
        }
    }
    return rights;
}

std::set<std::string> subscriptions(const json& config) {
    auto filters = all_topics();
    filters.insert("#");
    for (const auto& role : config["roles"]) {
        for (const auto& acl : role["acls"]) {
            filters.insert(acl["topic"].get<std::string>());
        }
    }
    return filters;
}

std::set<std::string> beyond(const std::set<std::string>& part,
                             const std::set<std::string>& whole) {
    std::set<std::string> more;
    std::set_difference(part.begin(), part.end(), whole.begin(), whole.end(),
                        std::inserter(more, more.end()));
    return more;
}

} // namespace

TEST_CASE("a configuration of dynamic-security becomes a policy that decides the same",
          "[random]") {
    const auto module = dynamic_security_module();
    preload_sanitizer();
    RandomDynsec random(Catch::rngSeed());
    std::size_t compared = 0;
    std::size_t allowed = 0;
    for (int round = 0; round < configurations; ++round) {
        const TempFolder folder;
        const auto config = random.config();
        write_file(folder / "dynsec.json", config.dump(), FileMode::group);
        const auto made =
            dynsec::convert(dynsec::parse(config.dump(), "dynsec.json"), "dynsec.json");
        const Broker theirs(fmt::format("allow_anonymous true\nset_tcp_nodelay true\nplugin {}\n"
                                        "plugin_opt_config_file {}\n",
                                        module.string(), (folder / "dynsec.json").string()));
        PluginBroker ours(Users::parse(made.users, "users"), made.policy,
                          "allow_anonymous true\nset_tcp_nodelay true\n");
        const auto filters = subscriptions(config);
        for (const auto& user : {std::string(), names[0], names[1], names[2]}) {
            const auto before = rights_of(user, theirs.port(), filters);
            const auto now = rights_of(user, ours.port(), filters);
            const auto prefix = (user.empty() ? "clients without a name" : user) + ": ";
            const bool stricter =
                std::any_of(made.differences.begin(), made.differences.end(),
                            [&](const auto& difference) { return difference.starts_with(prefix); });
            INFO(config.dump(1) << '\n' << made.policy << "user " << user);
            if (stricter) {
                const auto writes = beyond(now.writes, before.writes);
                const auto reads = beyond(now.reads, before.reads);
                CAPTURE(writes, reads);
                CHECK(writes.empty());
                CHECK(reads.empty());
            } else {
                CHECK(now.writes == before.writes);
                CHECK(now.reads == before.reads);
                ++compared;
                allowed += before.writes.size() + before.reads.size();
            }
        }
    }
    // Most are the same, and not because nothing is allowed.
    CHECK(compared > 2 * configurations);
    CHECK(allowed > compared);
}
