// Installations of stock Mosquitto go over to the plugin by the very commands of docs/plugin.md.
#include "core/atomic_file.hpp"
#include "core/text.hpp"
#include "integration/plugin/plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/dynamic_security.hpp"
#include "support/replaced.hpp"
#include "support/typed.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;

namespace {

/// The blocks of code below a heading of docs/plugin.md, for an installation in `folder`.
std::vector<std::string> documented(const std::string& heading, const TempFolder& folder) {
    const auto text = read_file(HOLDFAST_PLUGIN_DOCUMENT);
    const auto from = text.find('\n' + heading + '\n');
    REQUIRE(from != std::string::npos);
    const auto end = text.find("\n#", from + 1 + heading.size());
    const auto section = replaced(text.substr(from, end - from), "```", "\f");
    const auto parts = split(section, '\f');
    std::vector<std::string> blocks;
    for (std::size_t i = 1; i < parts.size(); i += 2) {
        auto block = replaced(std::string(parts[i]), "/usr/lib/holdfast/mosquitto_holdfast.so",
                              HOLDFAST_PLUGIN);
        block = replaced(block, "/etc/mosquitto/", folder.path().string() + '/');
        block = replaced(block, "/var/lib/mosquitto/", folder.path().string() + '/');
        blocks.push_back(replaced(block, "\nholdfast ", fmt::format("\n{} ", HOLDFAST)));
    }
    return blocks;
}

void prepare(const std::string& command) {
    const auto done = type(command);
    INFO(command << '\n' << done.output);
    REQUIRE(done.status == 0);
}

std::string with_input(const std::string& line, const std::string& command) {
    return fmt::format("echo '{}' | {}", line, trim(command));
}

std::string the_three_lines(const TempFolder& folder) {
    const auto blocks = documented("## In an existing mosquitto.conf", folder);
    REQUIRE(blocks.size() == 1);
    return blocks[0];
}

const std::string common = "allow_anonymous false\nset_tcp_nodelay true\n";

/// What alice is answered: with a wrong password, where she may write, and where she may not.
std::vector<int> answers(const Broker& broker) {
    const auto alice = [&](const std::string& password) {
        MqttClient::Options options;
        options.version = MqttClient::Version::v5;
        options.username = "alice";
        options.password = password;
        return MqttClient(broker.port(), options);
    };
    std::vector<int> codes{alice("wrong").connect()};
    auto client = alice("apple");
    codes.push_back(client.connect());
    REQUIRE(codes.back() == 0);
    REQUIRE(client.subscribe("home/#") == 0);
    codes.push_back(client.publish("home/lamp", "on", 1));
    codes.push_back(client.publish("garden/gate", "open", 1));
    CHECK(client.receive().value().topic == "home/lamp");
    return codes;
}

const std::vector<int> right_answers{0x87, 0, 0, 0x87};

} // namespace

TEST_CASE("an installation with password_file and acl_file goes over as documented and back") {
    preload_sanitizer();
    const TempFolder folder;
    const auto passwords = (folder / "passwd").string();
    const auto rules = (folder / "acl").string();
    prepare(fmt::format("mosquitto_passwd -c -b {} alice apple", passwords));
    write_file(folder / "acl", "user alice\ntopic readwrite home/#\nuser bob\ntopic read home/#\n",
               FileMode::group);
    Broker broker(fmt::format("{}password_file {}\nacl_file {}\n", common, passwords, rules));
    CHECK(answers(broker) == right_answers);

    const auto blocks = documented("### From password_file and acl_file", folder);
    REQUIRE(blocks.size() == 4);
    write_file(folder / "passwd", read_file(folder / "passwd") + "bob:plain\n", FileMode::group);
    const auto found = type(blocks[0]);
    CHECK(found.status == 1);
    CHECK_THAT(found.output, ContainsSubstring("passwd:2: 'bob' has a plaintext password"));
    prepare(with_input("banana", replaced(blocks[1], "NAME", "bob")));
    prepare(blocks[0]);
    const auto explained = type(replaced(blocks[2], "NAME", "alice"));
    CHECK(explained.status == 0);
    CHECK_THAT(explained.output, ContainsSubstring("allowed: " + rules + ":2:"));

    broker.restart(common + the_three_lines(folder));
    CHECK(answers(broker) == right_answers);
    CHECK(broker.log().find("access=write") != std::string::npos); // who decides now
    broker.restart(common + blocks[3]);
    CHECK(answers(broker) == right_answers);
}

TEST_CASE("an installation with dynamic-security goes over as documented") {
    preload_sanitizer();
    const TempFolder folder;
    const auto config = (folder / "dynamic-security.json").string();
    prepare(fmt::format("mosquitto_ctrl dynsec init {} admin secret", config));
    Broker broker(fmt::format("{}plugin {}\nplugin_opt_config_file {}\n", common,
                              dynamic_security_module().string(), config));
    for (const auto* const words :
         {"createRole home", "addRoleACL home publishClientSend 'home/#' allow",
          "addRoleACL home subscribePattern 'home/#' allow", "createClient alice -p apple",
          "addClientRole alice home"}) {
        prepare(
            fmt::format("mosquitto_ctrl -p {} -u admin -P secret dynsec {}", broker.port(), words));
    }
    CHECK(answers(broker) == right_answers);

    const auto blocks = documented("### From dynamic-security", folder);
    REQUIRE(blocks.size() == 1);
    prepare(blocks[0]);
    broker.restart(common + the_three_lines(folder));
    CHECK(answers(broker) == right_answers);
    CHECK(type(blocks[0]).status == 3);
}
