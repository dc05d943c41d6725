#include "uplink_stage.hpp"

#include "cli/setup/installation.hpp"
#include "cli/setup/set_up.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "edge/spool/spool.hpp"
#include "mqtt_connection.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <thread>
#include <utility>

namespace holdfast::bench {

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int series = 10;
constexpr std::size_t group = 2000;
constexpr std::uint64_t unacknowledged = 100;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    if (at == std::string::npos) {
        throw Error(fmt::format("'{}' is not there to be replaced", from));
    }
    return text.replace(at, from.size(), to);
}

ChildProcess broker(const fs::path& config, const fs::path& log,
                    std::vector<std::string> program = {"mosquitto"}) {
    program.front() = find_program(program.front()).string();
    program.insert(program.end(), {"-c", config.string()});
    return ChildProcess({std::move(program), log});
}

std::string mqtt_text(const std::string& text) {
    return std::string{static_cast<char>(text.size() >> 8U),
                       static_cast<char>(text.size() & 0xFFU)} +
           text;
}

} // namespace

UplinkStage::UplinkStage(std::filesystem::path folder)
    : UplinkStage(std::move(folder), Options()) {}

UplinkStage::UplinkStage(std::filesystem::path folder, Options options)
    : folder_(std::move(folder))
    , options_(std::move(options))
    , network_(site_port_.number()) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    const auto appliance = folder_ / "appliance";
    cli::set_up_cloud({.end = {.folder = folder_ / "cloud",
                               .address = "127.0.0.1",
                               .site_port = site_port_.number(),
                               .app_port = app_port_.number(),
                               .broker_user = cli::own_user(),
                               .readers = {},
                               .operators = {}},
                       .host_names = {"127.0.0.1", "localhost"},
                       .site = site},
                      appliance / "certs");
    const auto users = cli::set_up_appliance(
        {.paths = {.folder = appliance,
                   .state = appliance / "state",
                   .plugin = HOLDFAST_PLUGIN,
                   .broker_user = cli::own_user()},
         .config = settings(),
         .host_names = {},
         .policy = "user observer\ntopic read holdfast/up/#\ntopic read holdfast/receipt/#\n",
         .users = {"observer"}});
    observers_password_ = users.front().password;
    open_cloud_to_all();
    if (options_.iot_core) {
        put_iot_core_before_cloud();
    }
    cloud_ = broker(folder_ / "cloud/mosquitto.conf", folder_ / "cloud.log");
    counter_.emplace(app_port_.number(), site);
    counter_->wait_for_subscription();
}

std::string UplinkStage::settings() const {
    return fmt::format("[site]\nname = {}\n[broker]\nlisten = 127.0.0.1:{}\n[cloud]\n{}port = {}\n"
                       "[spool]\npath = {}\nmax_size = 4GiB\n{}[uplink]\n{}"
                       "[sensor live]\ndriver = sim\nevery = 100ms\n",
                       site, local_port_.number(),
                       options_.iot_core
                           ? "kind = aws-iot-core\naddress = localhost\nalpn = x-amzn-mqtt-ca\n"
                           : "kind = mosquitto\naddress = 127.0.0.1\n",
                       network_.port(), (folder_ / "appliance/state/spool.db").string(),
                       options_.spool, options_.uplink);
}

/// It ends TLS, as AWS does, and passes what it lets through on to the broker in the clear.
void UplinkStage::put_iot_core_before_cloud() {
    const auto file = folder_ / "cloud/mosquitto.conf";
    const auto text = read_file(file);
    write_file(file,
               fmt::format("{}\nlistener {} 127.0.0.1\nlistener {} 127.0.0.1\n",
                           text.substr(0, text.find("\nlistener ")), port_behind_iot_core_.number(),
                           app_port_.number()),
               FileMode::public_);
    const auto certs = folder_ / "cloud/certs";
    iot_core_ = std::make_unique<test::IotCoreStandIn>(
        test::IotCoreStandIn::Spec{.port = site_port_.number(),
                                   .broker_port = port_behind_iot_core_.number(),
                                   .certificate = certs / "server.crt",
                                   .key = certs / "server.key",
                                   .client_ca = certs / "ca.crt",
                                   .host_name = "localhost",
                                   .site = site});
}

mqtt::Endpoint UplinkStage::observer() const {
    mqtt::Endpoint endpoint;
    endpoint.host = "localhost";
    endpoint.port = local_port_.number();
    endpoint.client_id = "observer";
    endpoint.username = "observer";
    endpoint.password = observers_password_;
    endpoint.ca_file = (folder_ / "appliance/certs/ca.crt").string();
    return endpoint;
}

/// The counter comes in the clear, so that it costs little.
void UplinkStage::open_cloud_to_all() const {
    const auto file = folder_ / "cloud/mosquitto.conf";
    auto text = replaced(read_file(file), "allow_anonymous false", "allow_anonymous true");
    text.resize(text.rfind("\nlistener "));
    // Saving a queue at every change is not what is measured.
    text = replaced(text, "autosave_on_changes true", "autosave_on_changes false");
    text += fmt::format("\nlistener {} 127.0.0.1\n", app_port_.number());
    write_file(file, text, FileMode::public_);
    write_file(folder_ / "cloud/acl", "topic readwrite #\npattern readwrite %u/#\n",
               FileMode::public_);
}

void UplinkStage::fill_spool(std::uint64_t readings) const {
    fs::create_directories(folder_ / "appliance/state");
    spool::Spool spool(folder_ / "appliance/state/spool.db", {.boot_id = boot_id()}, Log::silent());
    std::vector<spool::SeriesId> ids;
    ids.reserve(series);
    for (int i = 0; i < series; ++i) {
        ids.push_back(spool.series(
            {fmt::format("s{}", i), fmt::format("sensors/s{}", i), "Cel", Format::senml}));
    }
    const auto now = boot_now();
    std::vector<spool::Item> items;
    for (std::uint64_t i = 0; i < readings; ++i) {
        const auto left = static_cast<std::int64_t>(readings - i);
        items.emplace_back(spool::Sample{ids.at(i % series),
                                         20 + static_cast<double>(i * 7919 % 1000) / 100,
                                         now - BootTime(left * 100), true});
        if (items.size() == group || i + 1 == readings) {
            spool.append(items);
            items.clear();
        }
    }
}

void UplinkStage::wait_for_log(const std::string& file, const std::string& text) const {
    for (int i = 0; i < 6000; ++i) {
        if (fs::exists(folder_ / file) &&
            read_file(folder_ / file).find(text) != std::string::npos) {
            return;
        }
        std::this_thread::sleep_for(10ms);
    }
    throw Error(fmt::format("{} does not say '{}'", (folder_ / file).string(), text));
}

void UplinkStage::start_appliance(std::uint64_t backlog) {
    network_.cut();
    fill_spool(backlog);
    local_.push_back(
        broker(folder_ / "appliance/generated/mosquitto.conf", folder_ / "broker.log"));
    wait_for_log("broker.log", " running\n");
    local_.emplace_back(ChildProcess::Command{
        {HOLDFAST_EDGE, "--config", (folder_ / "appliance/holdfast.conf").string()},
        folder_ / "edge.log",
        {"LD_PRELOAD=" HOLDFAST_CLOCK_PRELOAD}}); // the kernel's clock counts as set
    wait_for_log("edge.log", "running");
}

void UplinkStage::start_bridge(std::uint64_t backlog, const std::string& lines,
                               const std::vector<std::string>& program) {
    network_.cut();
    fs::create_directories(broker_folder());
    const auto certs = folder_ / "appliance/certs";
    const auto file = folder_ / "bridge.conf";
    write_file(file,
               fmt::format("{}listener {} 127.0.0.1\nallow_anonymous true\nlog_dest stderr\n"
                           "max_queued_messages 0\n{}"
                           "connection stock\naddress 127.0.0.1:{}\ncleansession false\n"
                           "restart_timeout 1 1\nbridge_cafile {}\nbridge_certfile {}\n"
                           "bridge_keyfile {}\ntopic # out 1 \"\" {}/\n",
                           ::geteuid() == 0 ? "user root\n" : "", local_port_.number(), lines,
                           network_.port(), (certs / "cloud-ca.crt").string(),
                           (certs / "bridge.crt").string(), (certs / "bridge.key").string(), site),
               FileMode::public_);
    local_.push_back(broker(file, folder_ / "broker.log", program));
    wait_for_log("broker.log", " running\n");
    const MqttConnection device(local_port_.number());
    device.send_connect("device", "", "");
    if (device.connack() != 0) {
        throw Error("the stock broker refuses the device");
    }
    for (std::uint64_t i = 0; i < backlog; i += unacknowledged) {
        std::string packets;
        const auto count = std::min(unacknowledged, backlog - i);
        for (auto j = i; j < i + count; ++j) {
            // As many bytes as a record of a pack, less its number.
            packets +=
                packet(0x32, mqtt_text(fmt::format("sensors/s{}", j % series)) + "id" +
                                 fmt::format(R"({{"t":1700000000.{:03},"v":{:.2f}}})", j % 1000,
                                             20 + static_cast<double>(j * 7919 % 1000) / 100));
        }
        device.send(packets);
        device.receive(4 * count);
    }
    device.disconnect();
}

std::chrono::nanoseconds UplinkStage::cpu_time() const {
    std::chrono::nanoseconds sum{};
    for (const auto& process : local_) {
        clockid_t clock{};
        timespec used{};
        if (::clock_getcpuclockid(process.pid(), &clock) != 0 ||
            ::clock_gettime(clock, &used) != 0) {
            throw Error("cannot read a program's CPU time");
        }
        sum += std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
    }
    return sum;
}

} // namespace holdfast::bench
