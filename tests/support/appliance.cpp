#include "support/appliance.hpp"

#include "cli/installation.hpp"
#include "cli/set_up.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/topics.hpp"
#include "edge/spool/spool.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/mqtt_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <set>

namespace holdfast::test {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view policy = "user viewer\n"
                                    "topic read #\n"
                                    "topic write holdfast/get/history\n"
                                    "topic write holdfast/get/history/%u/#\n"
                                    "user thing\n"
                                    "topic write devices/#\n"
                                    "topic write outputs/#\n"
                                    "topic write instructions/#\n";
constexpr std::size_t rows_a_page = 1000;
constexpr std::size_t bytes_a_page = 1024 * 1024;

Log quiet() {
    return Log([](Log::Level, const std::string&) {});
}

ChildProcess::Command broker_command(const std::filesystem::path& config,
                                     const std::filesystem::path& log) {
    return {{find_program("mosquitto").string(), "-c", config.string()}, log};
}

ChildProcess::Command with_plugin(ChildProcess::Command command) {
#ifdef HOLDFAST_BROKER_PRELOAD
    command.environment_extra = {"LD_PRELOAD=" HOLDFAST_BROKER_PRELOAD,
                                 "ASAN_OPTIONS=detect_leaks=0"};
#endif
    return command;
}

std::string without_options(const std::string& text, const std::set<std::string>& options) {
    std::string kept;
    for (const auto line : split(text, '\n')) {
        if (!options.contains(std::string(line.substr(0, line.find(' '))))) {
            kept += line;
            kept += '\n';
        }
    }
    return kept;
}

/// Walks over what the spool holds, in order.
void each_row(const spool::Spool& spool, const std::function<void(const spool::Entry&)>& visit) {
    for (Seq next = 1; next <= spool.last();) {
        const auto page = spool.read({next, spool.last()}, rows_a_page, bytes_a_page);
        REQUIRE(!page.empty());
        for (const auto& entry : page) {
            visit(entry);
            next = entry.seq + 1;
        }
    }
}

} // namespace

const std::string Appliance::device_section = "\n[device things]\ntopic = devices/#\n";

const std::string Appliance::default_sections = R"(
[sensor tide]
driver = sim
signal = ramp
low = 0
high = 100
period = 1min
every = 50ms
unit = m

[sensor wind]
driver = sim
signal = noise
every = 100ms
format = scalar

[sensor indoors]
driver = sim
every = 200ms
up = no
)" + Appliance::device_section;

Appliance::Appliance()
    : Appliance(Options()) {}

Appliance::Appliance(Options options)
    : options_(std::move(options))
    , network_(site_port_.number())
    , cloud_("cloud broker", broker_command(root_ / "cloud/mosquitto.conf", root_ / "cloud.log"))
    , broker_("local broker", with_plugin(broker_command(folder() / "generated/mosquitto.conf",
                                                         root_ / "broker.log")))
    , daemon_("daemon", {{HOLDFAST_EDGE, "--config", config_file().string()}, root_ / "edge.log"}) {
    if (options_.spool.empty()) {
        options_.spool = folder() / "state/spool.db";
    }
    set_up();
}

void Appliance::set_up() {
    auto users = cli::set_up_cloud({.end = {.folder = root_ / "cloud",
                                            .address = "127.0.0.1",
                                            .site_port = site_port_.number(),
                                            .app_port = app_port_.number(),
                                            .broker_user = cli::own_user(),
                                            .readers = {"dashboard", site},
                                            .operators = {"operator"}},
                                    .host_names = {"localhost", "127.0.0.1"},
                                    .site = site},
                                   folder() / "certs");
    const auto local = cli::set_up_appliance({.paths = {.folder = folder(),
                                                        .state = folder() / "state",
                                                        .plugin = HOLDFAST_PLUGIN,
                                                        .broker_user = cli::own_user()},
                                              .config = config_text(),
                                              .host_names = {},
                                              .policy = std::string(policy),
                                              .users = {"viewer", "thing"}});
    users.insert(users.end(), local.begin(), local.end());
    for (const auto& user : users) {
        passwords_[user.name] = user.password;
    }
    if (options_.cloud_limits) {
        take_tls_off_the_link();
        network_.limit(*options_.cloud_limits);
    }
}

/// A proxy that is to read MQTT cannot read TLS: on this link a password does what the certificate
/// does elsewhere.
void Appliance::take_tls_off_the_link() {
    const auto bridge = folder() / "generated/conf.d/bridge.conf";
    write_file(
        bridge,
        without_options(read_file(bridge), {"bridge_cafile", "bridge_certfile", "bridge_keyfile",
                                            "bridge_tls_version"}) +
            fmt::format("remote_username {}\nremote_password {}\n", site, passwords_.at(site)),
        FileMode::public_);
    const auto cloud = root_ / "cloud/mosquitto.conf";
    const auto text = read_file(cloud);
    const auto second = text.rfind("\nlistener ");
    write_file(cloud,
               without_options(text.substr(0, second),
                               {"cafile", "certfile", "keyfile", "tls_version",
                                "require_certificate", "use_identity_as_username"}) +
                   text.substr(second),
               FileMode::public_);
}

std::string Appliance::config_text() const {
    return fmt::format(R"([site]
name = {}

[broker]
listen = 127.0.0.1:{}
save_every = 1s

[cloud]
kind = mosquitto
address = 127.0.0.1
port = {}
keepalive = 5s

[spool]
path = {}
lose_at_most = {}

[uplink]
receipt_timeout = 2s
{}{})",
                       site, local_port(), network_.port(), spool().string(), options_.lose_at_most,
                       options_.uplink, options_.sections);
}

void Appliance::write_sections(const std::string& sections) {
    options_.sections = sections;
    write_file(config_file(), config_text(), FileMode::public_);
}

void Appliance::write_lose_at_most(const std::string& time) {
    options_.lose_at_most = time;
    write_file(config_file(), config_text(), FileMode::public_);
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

void Appliance::publish(const std::string& topic, const std::vector<std::string>& payloads) {
    MqttClient device(local_port(), login("thing"));
    REQUIRE(device.connect() == 0);
    for (const auto& payload : payloads) {
        REQUIRE(device.publish(topic, payload, 1) == 0);
        ++published_;
    }
    device.disconnect();
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

std::uint64_t Appliance::unproved_on_disk() const {
    // A copy: opening the file would do the daemon's recovery for it.
    const TempFolder folder;
    for (const auto* const end : {"", "-wal"}) {
        const std::string from = options_.spool.string() + end;
        if (std::filesystem::exists(from)) {
            std::filesystem::copy_file(from, folder / (std::string("spool.db") + end));
        }
    }
    const spool::Spool spool(folder / "spool.db", {.boot_id = boot_id()}, quiet());
    return spool.pending().size();
}

cli::demo::Ledger::Result Appliance::settle() {
    const auto log_end = daemon_.log().size();
    write_sections(device_section);
    daemon_.signal(SIGHUP);
    REQUIRE(daemon_.wait_for_log("running", log_end));
    const auto reloaded = on_site().count();
    CHECK(eventually([&] { return published_at_cloud() >= published_; }, 2min));
    CHECK(on_site().wait_for(
        [](const mqtt::Delivery& delivery) {
            if (delivery.topic != topics::status) {
                return false;
            }
            const auto status = nlohmann::json::parse(delivery.payload);
            return status["online"] == true && status["sensors"].empty() &&
                   status["waiting"] == 0 && status["uplink"]["pending"] == 0;
        },
        reloaded, 2min));
    daemon_.stop();

    cli::demo::Ledger::Result result;
    // What the cloud's subscriber missed while its broker was away is on its way.
    eventually(
        [&] {
            cli::demo::Ledger ledger(site);
            for (const auto& message : at_cloud().messages()) {
                ledger.received(message.topic, message.payload);
            }
            result = account(ledger);
            return result.lost == 0;
        },
        20s);
    return result;
}

cli::demo::Ledger::Result Appliance::account(cli::demo::Ledger& ledger) const {
    const spool::Spool spool(options_.spool, {.boot_id = boot_id()}, quiet());
    CHECK(spool.pending().empty());
    each_row(spool, [&](const spool::Entry& entry) {
        if (const auto* message = std::get_if<Message>(&entry.content)) {
            ledger.stored_message(message->topic, message->payload);
            return;
        }
        const auto& reading = std::get<spool::ReadingRow>(entry.content);
        const auto& series = spool.series(reading.series);
        if (series.format == Format::scalar) {
            ledger.stored_message(series.topic, fmt::format("{}", reading.value));
        } else {
            ledger.stored_reading(spool.epoch(), entry.seq, series.topic, reading.value);
        }
    });
    return ledger.result();
}

std::vector<std::string> Appliance::stored_messages() const {
    const spool::Spool spool(options_.spool, {.boot_id = boot_id()}, quiet());
    std::vector<std::string> payloads;
    each_row(spool, [&](const spool::Entry& entry) {
        if (const auto* message = std::get_if<Message>(&entry.content)) {
            payloads.push_back(message->payload);
        }
    });
    return payloads;
}

} // namespace holdfast::test
