#include "support/appliance.hpp"

#include "core/topics.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/other_root.hpp"
#include "support/with_plugin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace holdfast::test {

namespace {

using namespace std::chrono_literals;

ChildProcess::Command broker_command(std::vector<std::string> program,
                                     const std::filesystem::path& config,
                                     const std::filesystem::path& log) {
    program.insert(program.end(), {"-c", config.string()});
    return {std::move(program), log};
}

std::vector<std::string> own_mosquitto() {
    return {find_program("mosquitto").string()};
}

/// HOLDFAST_TEST_CLOUD_ROOT is the root folder of another Debian, whose Mosquitto is the cloud
/// broker.
std::vector<std::string> cloud_mosquitto() {
    const char* const root = std::getenv("HOLDFAST_TEST_CLOUD_ROOT");
    return root != nullptr ? mosquitto_of(root) : own_mosquitto();
}

ChildProcess::Command with_environment(ChildProcess::Command command,
                                       const std::vector<std::string>& more) {
    command.environment_extra.insert(command.environment_extra.end(), more.begin(), more.end());
    return command;
}

} // namespace

Appliance::Appliance()
    : Appliance(Options()) {}

Appliance::Appliance(Options options)
    : options_(std::move(options))
    , network_(site_port_.number())
    , cloud_("cloud broker",
             broker_command(cloud_mosquitto(), root_ / "cloud/mosquitto.conf", root_ / "cloud.log"))
    , broker_("local broker",
              with_environment(
                  with_plugin(broker_command(own_mosquitto(), folder() / "generated/mosquitto.conf",
                                             root_ / "broker.log")),
                  options_.broker_environment))
    , daemon_("daemon", {{HOLDFAST_EDGE, "--config", config_file().string()},
                         root_ / "edge.log",
                         options_.daemon_environment}) {
    if (options_.spool.empty()) {
        options_.spool = folder() / "state/spool.db";
    }
    set_up();
}

mqtt::Endpoint Appliance::endpoint(std::uint16_t port, const std::string& user,
                                   const std::filesystem::path& ca) const {
    mqtt::Endpoint endpoint;
    endpoint.host = "localhost";
    endpoint.port = port;
    endpoint.client_id = "test-" + user;
    endpoint.username = user;
    endpoint.password = passwords_.at(user);
    endpoint.ca_file = ca;
    return endpoint;
}

void Appliance::start_cloud() {
    const auto log_end = cloud_.log().size();
    cloud_.start();
    REQUIRE(cloud_.wait_for_log(" running\n", log_end));
    if (!at_cloud_) {
        auto dashboard = endpoint(app_port_.number(), "dashboard", root_ / "cloud/certs/ca.crt");
        dashboard.clean_session = false;
        at_cloud_ =
            std::make_unique<Listener>(std::move(dashboard), std::vector<std::string>{site + "/#"});
    }
    REQUIRE(at_cloud_->wait_for_connection());
}

void Appliance::start_broker() {
    const auto log_end = broker_.log().size();
    broker_.start();
    REQUIRE(broker_.wait_for_log(" running\n", log_end));
    if (!on_site_) {
        on_site_ = std::make_unique<Listener>(
            endpoint(local_port(), "viewer", folder() / "certs/ca.crt"),
            std::vector<std::string>{"sensors/#", "devices/#", "alarms/#", "outputs/#",
                                     "instructions/#", "holdfast/#", site + "/link"});
    }
    REQUIRE(on_site_->wait_for_connection());
}

void Appliance::start_daemon() {
    const auto from = daemon_.log().size();
    daemon_.start();
    REQUIRE(daemon_.wait_for_log("running", from));
}

void Appliance::start() {
    start_cloud();
    start_broker();
    start_daemon();
    REQUIRE(wait_for_link(true));
    REQUIRE(at_cloud().wait_for(
        [](const mqtt::Delivery& delivery) { return delivery.topic == site + "/sensors/tide"; }));
}

MqttClient::Options Appliance::login(const std::string& user, MqttClient::Version version) const {
    MqttClient::Options options;
    options.version = version;
    options.username = user;
    options.password = passwords_.at(user);
    options.ca_file = folder() / "certs/ca.crt";
    options.host = "localhost";
    return options;
}

MqttClient Appliance::client(const std::string& user, MqttClient::Options options) const {
    options.username = user;
    if (!user.empty() && options.password.empty()) {
        options.password = passwords_.at(user);
    }
    if (options.ca_file.empty()) {
        options.ca_file = folder() / "certs/ca.crt";
    }
    return {local_port(), std::move(options)};
}

void Appliance::publish(const std::string& topic, const std::vector<std::string>& payloads) {
    auto device = client("thing");
    REQUIRE(device.connect() == 0);
    for (const auto& payload : payloads) {
        REQUIRE(device.publish(topic, payload, 1) == 0);
        ++published_;
    }
    device.disconnect();
}

void Appliance::hear_everything() {
    const std::string topic = "outputs/nothing";
    auto device = client("thing");
    REQUIRE(device.connect() == 0);
    const auto from = on_site().count();
    REQUIRE(device.publish(topic, "", 1) == 0);
    device.disconnect();
    REQUIRE(on_site().wait_for(
        [&](const mqtt::Delivery& delivery) { return delivery.topic == topic; }, from));
}

void Appliance::order(const std::string& topic, const std::string& payload, bool retain) {
    MqttClient::Options options;
    options.username = "operator";
    options.password = passwords_.at("operator");
    options.ca_file = root_ / "cloud/certs/ca.crt";
    options.host = "localhost";
    MqttClient person(app_port_.number(), options);
    REQUIRE(person.connect() == 0);
    REQUIRE(person.publish(site + "/down/" + topic, payload, 1, retain) == 0);
    person.disconnect();
}

std::size_t Appliance::published_at_cloud() const {
    const auto messages = at_cloud_->messages();
    return static_cast<std::size_t>(
        std::count_if(messages.begin(), messages.end(), [](const mqtt::Delivery& message) {
            return message.topic.rfind(site + "/devices/", 0) == 0;
        }));
}

nlohmann::json Appliance::status() const {
    return nlohmann::json::parse(on_site_->last(std::string(topics::status)).value_or("{}"));
}

bool Appliance::wait_for_status(const std::function<bool(const nlohmann::json&)>& wanted,
                                std::chrono::milliseconds limit) const {
    return eventually([&] { return wanted(status()); }, limit);
}

bool Appliance::wait_for_link(bool up) const {
    return wait_for_status([up](const nlohmann::json& status) {
        return status.value("online", false) && status["uplink"]["link"] == up;
    });
}

bool Appliance::wait_for_backlog(std::uint64_t rows) const {
    return wait_for_status([rows](const nlohmann::json& status) {
        return status.value("online", false) && status["uplink"]["pending"] >= rows;
    });
}

std::uint64_t Appliance::pending() {
    REQUIRE(on_site().wait_for(
        [](const mqtt::Delivery& delivery) { return delivery.topic == topics::status; },
        on_site().count()));
    return status()["uplink"]["pending"].get<std::uint64_t>();
}

} // namespace holdfast::test
