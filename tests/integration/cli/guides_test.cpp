// The commands of docs/guides, typed as they stand there, on an appliance of their own. What is a
// service, a package, a browser or somebody else's machine is played by a shell function.
#include "certs/authority.hpp"
#include "certs/inspect.hpp"
#include "config/settings.hpp"
#include "guide_reader.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/typed.hpp"

#include <fmt/format.h>

#include <csignal>
#include <regex>

using namespace holdfast;
using namespace holdfast::test;

namespace fs = std::filesystem;

TEST_CASE("the quick start leads to readings and a device") {
    Reader reader;
    const auto steps = blocks("quick-start", "sh");
    REQUIRE(steps.size() == 9);
    reader.type_block(steps[0]);
    reader.type_block(steps[1]);
    reader.start_services();
    CHECK_THAT(reader.type_block(steps[2]), ContainsSubstring("the daemon runs"));
    reader.type_block(steps[3]);
    reader.type_block(steps[4]);
    reader.daemon().signal(SIGHUP);
    REQUIRE(reader.daemon().wait_for_log("sensor online sensor=uptime"));
    CHECK(
        eventually([&] { return !reader.type_block(steps[5]).empty(); }, std::chrono::seconds(60)));
    reader.type_block(steps[6]);
    CHECK(eventually([&] { return reader.works(steps[7]); }, std::chrono::seconds(60)));
    CHECK_THAT(reader.type_block(steps.at(8)), ContainsSubstring("and all readings"));
}

TEST_CASE("the guide to EC2 makes both ends") {
    Reader reader;
    reader.begin();
    for (const auto& step : blocks("ec2", "sh")) {
        reader.type_block(step);
    }
    CHECK(fs::exists(reader.site().folder() / "cloud/user-data.yaml"));
    const auto names = certs::describe(reader.site().folder() / "cloud/certs/server.crt").names;
    CHECK(names == std::vector<std::string>{"203.0.113.7", "broker.example.org"});
}

TEST_CASE("the guide to AWS IoT Core takes a kit and makes its policy") {
    Reader reader;
    reader.begin();
    const auto steps = blocks("aws-iot-core", "sh");
    REQUIRE(steps.size() == 4);
    reader.type_block(steps[0]);
    const auto amazon = certs::Authority::create(reader.work() / "amazon", "amazon",
                                                 std::chrono::system_clock::now());
    const auto thing =
        amazon.issue({.purpose = certs::Purpose::client, .common_name = "AWS IoT Certificate"},
                     std::chrono::system_clock::now());
    write_file(reader.work() / "kit/certificate.pem.crt", thing.certificate_pem, FileMode::public_);
    write_file(reader.work() / "kit/private.pem.key", thing.key_pem, FileMode::secret);
    write_file(reader.work() / "kit/AmazonRootCA1.pem", amazon.certificate_pem(),
               FileMode::public_);
    reader.type_block(steps[1]);
    CHECK(fs::exists(reader.site().folder() / "cloud/policy.json"));
    reader.type_block(steps[2]);
    reader.type_block(steps[3]);
}

TEST_CASE("the guide to an Arduino makes a sensor that the daemon takes") {
    Reader reader;
    reader.begin();
    for (const auto& step : blocks("arduino", "sh")) {
        reader.type_block(step);
    }
    CHECK(config::load_settings(reader.site().config()).sensors.back().name == "soil");
}

TEST_CASE("the guide to an ESP32 exports what its sketch uses for where its user may publish") {
    Reader reader;
    reader.begin();
    const auto steps = blocks("esp32", "sh");
    reader.type_block(steps.at(0));
    const auto header = read_file(reader.work() / "secrets.h");
    std::size_t used = 0;
    const std::regex names("holdfast_[a-z]+_pem");
    for (const auto& sketch : blocks("esp32", "cpp")) {
        for (auto name = std::sregex_iterator(sketch.begin(), sketch.end(), names);
             name != std::sregex_iterator(); ++name, ++used) {
            CHECK_THAT(header, ContainsSubstring(name->str() + "["));
        }
    }
    CHECK(used == 4);
    std::smatch topic;
    const auto sketch = blocks("esp32", "cpp").at(0);
    REQUIRE(std::regex_search(sketch, topic, std::regex("topic = \"([^\"]+)\"")));
    reader.type_block(fmt::format("holdfast policy explain esp32 write {}\n", topic[1].str()));
    for (std::size_t i = 1; i < steps.size(); ++i) {
        reader.type_block(steps[i]);
    }
    CHECK(config::load_settings(reader.site().config()).broker.certificate_port == 8884);
}

TEST_CASE("the guide from another Mosquitto brings users and rules along") {
    Reader reader;
    const auto& work = reader.work();
    const auto tool = find_program("mosquitto_passwd").string();
    REQUIRE(type(fmt::format("{} -c -b {} pump secret", tool, (work / "passwords.before").string()))
                .status == 0);
    write_file(work / "acl.before", "user pump\ntopic readwrite pumps/#\n", FileMode::public_);
    write_file(work / "mosquitto.conf", "listener 1883\n", FileMode::public_);
    std::string shown;
    for (const auto& step : blocks("existing-mosquitto", "sh")) {
        shown += reader.type_block(step);
    }
    CHECK_THAT(shown, ContainsSubstring("pumps/#"));
    reader.type_block("holdfast policy explain pump write pumps/1\n");
}

TEST_CASE("what to do when something is wrong can be typed") {
    Reader reader;
    reader.begin();
    reader.start_services();
    for (const auto& step : blocks("when", "sh")) {
        reader.type_block(step);
    }
}

TEST_CASE("a dead card is recovered from as it stands in the guide") {
    Reader reader;
    reader.begin();
    const auto steps = blocks("../backup", "sh");
    REQUIRE(steps.size() == 2);
    reader.type_block(steps[0]);
    const auto before = reader.site().contents();
    fs::remove_all(reader.site().folder());
    reader.type_block(steps[1]);
    CHECK(reader.site().contents() == before);
}

TEST_CASE("every verb that a guide names is there") {
    std::size_t seen = 0;
    for (const auto& entry : fs::directory_iterator(HOLDFAST_GUIDES)) {
        const auto text = read_file(entry.path());
        const std::regex call("`(?:sudo )?holdfast ([a-z]+)");
        for (auto verb = std::sregex_iterator(text.begin(), text.end(), call);
             verb != std::sregex_iterator(); ++verb, ++seen) {
            CAPTURE(entry.path().string(), verb->str(1));
            CHECK(holdfast_command({verb->str(1), "--help"}).status == 0);
        }
    }
    CHECK(seen > 10);
}
