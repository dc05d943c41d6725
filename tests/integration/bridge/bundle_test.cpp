// `holdfast cloud bundle`: a broker started from the bundle takes the appliance, whose address is
// one setting.

#include "certs/inspect.hpp"
#include "cli/setup/installation.hpp"
#include "cli/setup/set_up.hpp"
#include "config/settings.hpp"
#include "core/atomic_file.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/reserved_port.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/mqtt_client.hpp"
#include "support/program.hpp"
#include "support/replaced.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>

#include <csignal>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

/// What cloud-init does with user data: checks its form, writes the files (below a folder, here),
/// and says what it would run.
constexpr auto cloud_init = R"(
import os, sys, yaml
text = open(sys.argv[1]).read()
assert text.startswith('#cloud-config\n')
data = yaml.safe_load(text)
assert set(data) == {'package_update', 'packages', 'write_files', 'runcmd'}
assert data['package_update'] is True and data['packages'] == ['mosquitto']
for file in data['write_files']:
    assert set(file) == {'path', 'permissions', 'content'}
    path = sys.argv[2] + file['path']
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, 'w').write(file['content'])
    os.chmod(path, int(file['permissions'], 8))
assert [len(command) for command in data['runcmd']] == [2]
print(' '.join(data['runcmd'][0]))
compose = yaml.safe_load(open(sys.argv[3]))
assert list(compose['services']) == ['files', 'broker']
)";

struct Answer {
    int status;
    std::string text;
};

Answer run(const std::vector<std::string>& words,
           const std::vector<std::string>& environment = {}) {
    const TempFolder folder;
    Program program(words.front(), {words, folder / "output", environment});
    program.start();
    const auto status = program.exit_status(2min);
    REQUIRE(status);
    return {*status, program.log()};
}

/// An appliance's folder with a cloud in its settings, and nothing of that cloud yet.
class Bundle {
public:
    explicit Bundle(const std::string& cloud) {
        cli::set_up_appliance(
            {.paths = {.folder = folder(),
                       .state = folder() / "state",
                       .plugin = HOLDFAST_PLUGIN,
                       .broker_user = cli::own_user()},
             .config = "[site]\nname = garden\n[broker]\nlisten = 127.0.0.1:8883\n[spool]\n"
                       "path = state/spool.db\n[sensor tide]\ndriver = sim\n[cloud]\n" +
                       cloud,
             .host_names = {},
             .policy = "",
             .users = {}});
    }

    std::filesystem::path folder() const { return root_ / "appliance"; }
    std::filesystem::path root() const { return root_.path(); }

    Answer make(std::vector<std::string> words = {}) const {
        words.insert(words.begin(), {HOLDFAST, "cloud", "bundle", "--dir", folder().string()});
        return run(words);
    }

private:
    TempFolder root_;
};

std::string password_of(const std::string& user, const std::string& output) {
    const auto start = "user " + user + "   password ";
    const auto at = output.find(start);
    REQUIRE(at != std::string::npos);
    return output.substr(at + start.size(), 20);
}

} // namespace

TEST_CASE("a machine made by the user data of the bundle takes the appliance and its users") {
    const ReservedPort sites;
    const ReservedPort applications;
    const ReservedPort browsers;
    const Bundle bundle(fmt::format("address = 127.0.0.1\nport = {}\n", sites.number()));
    const auto made = bundle.make({"--hostname", "cloud.example", "--app-port",
                                   std::to_string(applications.number()), "--websocket",
                                   std::to_string(browsers.number())});
    INFO(made.text);
    REQUIRE(made.status == 0);

    const auto cloud = bundle.folder() / "cloud";
    const auto root = bundle.root() / "machine";
    const auto unpacked = run({find_program("python3").string(), "-c", cloud_init,
                               (cloud / "user-data.yaml").string(), root.string(),
                               (cloud / "compose.yaml").string()});
    INFO(unpacked.text);
    REQUIRE(unpacked.status == 0);
    REQUIRE(unpacked.text == "sh /opt/holdfast-cloud/install.sh\n");
    const auto installed =
        run({find_program("sh").string(), (root / "opt/holdfast-cloud/install.sh").string()},
            {"DESTDIR=" + root.string()});
    INFO(installed.text);
    REQUIRE(installed.status == 0);

    // The machine's root is a folder here.
    const auto conf = root / "etc/mosquitto/mosquitto.conf";
    std::filesystem::create_directories(root / "var/lib/mosquitto");
    auto text = read_file(conf);
    CHECK(text.find("\nlistener 1883") == std::string::npos);
    text = replaced(text, " /etc/", " " + (root / "etc/").string());
    text = replaced(text, " /var/", " " + (root / "var/").string());
    text = replaced(text, "user mosquitto", "user " + cli::own_user());
    write_file(conf, text, FileMode::public_);
    Program broker("broker of the bundle",
                   {{find_program("mosquitto").string(), "-c", conf.string()}, root / "log"});
    broker.start();
    REQUIRE(broker.wait_for_log(" running\n"));

    const auto check =
        run({HOLDFAST, "bridge", "check", "--dir", bundle.folder().string(), "--timeout", "60"});
    INFO(check.text);
    CHECK(check.status == 0);
    CHECK(check.text.find("garden/sensors/tide came back after") != std::string::npos);

    MqttClient::Options options;
    options.ca_file = cloud / "certs/ca.crt";
    options.username = "dashboard";
    options.password = password_of("dashboard", made.text);
    MqttClient dashboard(applications.number(), options);
    REQUIRE(dashboard.connect() == 0);
    REQUIRE(dashboard.subscribe("garden/#", 1) == 1);
    options.username = "operator";
    options.password = password_of("operator", made.text);
    MqttClient person(applications.number(), options);
    REQUIRE(person.connect() == 0);
    REQUIRE(person.publish("garden/sensors/tide", "made up", 1) == 0);
    REQUIRE(person.publish("garden/down/outputs/lamp", "on", 1) == 0);
    const auto message = dashboard.receive(60s);
    REQUIRE(message);
    CHECK(message->topic == "garden/down/outputs/lamp"); // and not what the operator made up
}

// The program itself, where it is there: as a package that tests need it would take this machine
// over at the next boot.
TEST_CASE("cloud-init finds nothing wrong in the form of the user data") {
    std::string program;
    try {
        program = find_program("cloud-init");
    } catch (const Error&) {
        SKIP_TEST("cloud-init is not installed: ./test appliance asks it in a machine of its own");
    }
    const Bundle bundle("address = 192.0.2.1\n");
    REQUIRE(bundle.make().status == 0);
    const auto file = bundle.folder() / "cloud/user-data.yaml";
    const auto judged = [&] { return run({program, "schema", "--config-file", file.string()}); };
    const auto good = judged();
    INFO(good.text);
    CHECK(good.status == 0);
    write_file(file, replaced(read_file(file), "package_update: true", "package_update: perhaps"),
               FileMode::secret);
    CHECK(judged().status != 0);
}

TEST_CASE("a bundle made again keeps what is in use and takes over a new address") {
    const Bundle bundle("address = 192.0.2.1\n");
    REQUIRE(bundle.make().status == 0);
    const auto certs = bundle.folder() / "certs";
    const auto cloud = bundle.folder() / "cloud";
    const auto site = read_file(certs / "bridge.crt");
    const auto users = read_file(cloud / "users");
    const auto conf = bundle.folder() / "holdfast.conf";
    write_file(conf, replaced(read_file(conf), "192.0.2.1", "cloud.example"), FileMode::public_);
    REQUIRE(bundle.make({"--hostname", "192.0.2.1"}).status == 0);
    CHECK(read_file(certs / "bridge.crt") == site);
    CHECK(read_file(cloud / "users") == users);
    CHECK(certs::describe(cloud / "certs/server.crt").names ==
          std::vector<std::string>{"cloud.example", "192.0.2.1"});
    CHECK_FALSE(std::filesystem::exists(cloud / "certs/ca.key"));
}

TEST_CASE("the bundle for AWS IoT Core is a policy with the least rights and the steps") {
    const Bundle bundle("kind = aws-iot-core\n"
                        "address = abc-ats.iot.eu-central-1.amazonaws.com\n");
    const auto refused = bundle.make();
    CHECK(refused.status == 2);
    CHECK(refused.text.find("--account") != std::string::npos);
    REQUIRE(bundle.make({"--account", "123456789012"}).status == 0);
    const auto cloud = bundle.folder() / "cloud";
    const auto policy = nlohmann::json::parse(read_file(cloud / "policy.json"));
    const std::string arn = "arn:aws:iot:eu-central-1:123456789012:";
    const auto& statements = policy.at("Statement");
    REQUIRE(statements.size() == 3);
    CHECK(statements[0] ==
          nlohmann::json{{"Effect", "Allow"},
                         {"Action", "iot:Connect"},
                         {"Resource",
                          {arn + "client/holdfast-garden", arn + "client/holdfast-garden-check"}}});
    CHECK(statements[1].at("Resource") == arn + "topic/garden/*");
    CHECK(statements[2].at("Resource") ==
          nlohmann::json{arn + "topicfilter/garden/clock", arn + "topicfilter/garden/gaps",
                         arn + "topicfilter/garden/sensors/#", arn + "topicfilter/garden/sync",
                         arn + "topicfilter/garden/down/#"});
    CHECK(read_file(cloud / "README.md").find("aws iot attach-policy --policy-name garden") !=
          std::string::npos);
}

TEST_CASE("another address of the cloud is one setting and a render and loses nothing") {
    Appliance appliance;
    TcpProxy elsewhere(appliance.network().port());
    appliance.start();
    appliance.publish("devices/thing/data", {"by the old way"});
    const auto file = appliance.config_file();
    write_file(file,
               replaced(read_file(file), fmt::format("port = {}\n", appliance.network().port()),
                        fmt::format("port = {}\n", elsewhere.port())),
               FileMode::public_);
    bridge::write(bridge::render_local_end(config::load_settings(file),
                                           {.folder = appliance.folder(),
                                            .state = appliance.folder() / "state",
                                            .plugin = HOLDFAST_PLUGIN,
                                            .broker_user = cli::own_user()}));
    appliance.broker().stop();
    appliance.start_broker();
    appliance.daemon().signal(SIGHUP);
    appliance.publish("devices/thing/data", {"by the new way"});
    CHECK(appliance.at_cloud().wait_for(
        [](const mqtt::Delivery& delivery) { return delivery.payload == "by the new way"; }, 0,
        2min));
    CHECK(elsewhere.connections() > 0);
    CHECK(appliance.settle().lost == 0);
}
