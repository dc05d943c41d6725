#include "cli/demo/story.hpp"

#include "core/error.hpp"
#include "core/topics.hpp"
#include "edge/spool/spool.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <csignal>

namespace holdfast::cli::demo {

namespace {

using namespace std::chrono_literals;

// Generous: a judge may kill any program at any moment, and a slow machine is no fault.
constexpr auto patience = 60s;
constexpr auto catch_up_patience = 180s;
constexpr auto flow_time = 4s;
constexpr std::size_t rows_a_page = 1000;
constexpr std::size_t bytes_a_page = 1024 * 1024;

} // namespace

Story::Story(const Set& set, std::chrono::seconds outage)
    : set_(set)
    , outage_(outage)
    , stage_(screen_)
    , cloud_(stage_.add("cloud broker", set.cloud_broker()))
    , broker_(stage_.add("local broker", set.local_broker()))
    , daemon_(stage_.add("daemon", set.daemon()))
    , viewer_(stage_.loop(), library_, set.viewer(), mqtt::Acknowledge::at_once,
              {.connected = {},
               .disconnected = {},
               .message = [this](const auto& delivery) { heard_locally(delivery); },
               .published = {},
               .subscription_refused = {}},
              Log::silent())
    , subscriber_(stage_.loop(), library_, set.subscriber(), mqtt::Acknowledge::at_once,
                  {.connected = {},
                   .disconnected = {},
                   .message = [this](const auto& delivery) { heard_at_cloud(delivery); },
                   .published = {},
                   .subscription_refused = {}},
                  Log::silent())
    , arduino_(stage_.loop(), set.arduino())
    , ledger_(Set::site) {
    viewer_.subscribe("sensors/#", 0);
    viewer_.subscribe("devices/#", 0);
    viewer_.subscribe(std::string(topics::status), 0);
    subscriber_.subscribe(Set::site + "/#", 1);
}

Ledger::Result Story::play() {
    open();
    flowing();
    outage();
    catch_up();
    settle();
    return account();
}

void Story::open() {
    screen_.heading(fmt::format("Holdfast demo in {}", set_.folder().string()));
    cloud_.start();
    subscriber_.start();
    stage_.await(
        "the start of the cloud broker", [this] { return subscriber_.connected(); }, patience);
    screen_.scene().cloud_up = true;
    say(fmt::format(
        "cloud broker: process {}, TLS with certificates for sites, passwords on port {}",
        cloud_.pid(), set_.app_port()));
    broker_.start();
    viewer_.start();
    stage_.await(
        "the start of the local broker", [this] { return viewer_.connected(); }, patience);
    say(fmt::format("local broker with the Holdfast plugin: process {}, TLS on port {}",
                    broker_.pid(), set_.local_port()));
    daemon_.start();
    stage_.await(
        "the first receipt from the cloud",
        [this] { return status_.link && ledger_.rows() > 0 && status_.pending == 0; }, patience);
    say(fmt::format("daemon: process {}, {} sensors and a device", daemon_.pid(), status_.sensors));
}

void Story::flowing() {
    screen_.heading(
        "1. Readings flow: each is on disk, then in the cloud, then proved by its echo");
    device_publishes(3);
    stage_.run_for(flow_time);
}

void Story::outage() {
    screen_.heading(fmt::format("2. The cloud is gone for {} s", outage_.count()));
    cloud_.stop();
    screen_.scene().cloud_up = false;
    stage_.await(
        "the notice that the link is down", [this] { return !status_.link; }, patience);
    const auto local_before = screen_.scene().local_messages;
    const auto pending_before = status_.pending;
    const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(outage_) / 2;
    device_publishes(3);
    stage_.run_for(half);
    say(fmt::format("local life goes on: {} messages seen on site since the cloud went",
                    screen_.scene().local_messages - local_before));
    kill_daemon();
    stage_.run_for(half);
    say(fmt::format("the buffer grew from {} to {} without a receipt", pending_before,
                    status_.pending));
}

void Story::kill_daemon() {
    screen_.heading(
        "3. In the outage the daemon is killed (kill -9), and a device goes on sending");
    daemon_.kill();
    device_publishes(3);
    const auto seen = statuses_;
    daemon_.start();
    stage_.await(
        "the daemon's return",
        [&] { return statuses_ > seen && status_.online && status_.sensors > 0; }, patience);
    say(fmt::format("daemon: back as process {} with {} waiting", daemon_.pid(), status_.pending));
}

void Story::catch_up() {
    screen_.heading("4. The cloud is back");
    const auto backlog = status_.pending;
    const auto start = std::chrono::steady_clock::now();
    cloud_.start();
    screen_.scene().cloud_up = true;
    stage_.await(
        "the link's return", [this] { return status_.link; }, catch_up_patience);
    stage_.await(
        "the last receipt of the backlog", [this] { return status_.link && status_.pending == 0; },
        catch_up_patience);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    say(fmt::format("caught up: {} readings and messages proved {:.1f} s after the broker's start",
                    backlog, took.count()));
    stage_.run_until([this] { return ledger_.rows() >= status_.last_seq; }, 20s);
}

/// Measuring ends, so that the ledger has an end too; what is on its way still arrives.
void Story::settle() {
    screen_.heading(
        "5. The ledger: what the spool stored against what a cloud subscriber received");
    set_.write_config(false);
    daemon_.signal(SIGHUP);
    stage_.await(
        "the receipt of every last reading",
        [this] {
            return status_.online && status_.sensors == 0 && status_.pending == 0 && status_.link;
        },
        catch_up_patience);
    daemon_.stop();
}

Ledger::Result Story::account() {
    read_spool();
    // The subscriber may be on its way back to a broker that was killed: what it missed waits
    // there.
    stage_.run_until([this] { return ledger_.result().lost == 0; }, 20s);
    screen_.clear();
    const auto result = ledger_.result();
    say(fmt::format("device: {} messages sent and acknowledged by the local broker",
                    device_messages_));
    fmt::print("sent {}  received {}  lost {}  duplicates {}\n", result.sent, result.received,
               result.lost, result.duplicates);
    return result;
}

void Story::read_spool() {
    spool::Spool spool(set_.spool(), {.boot_id = boot_id()}, Log::silent());
    if (!spool.pending().empty()) {
        throw Error(fmt::format("{} rows of the spool have no receipt", spool.pending().size()));
    }
    ledger_.forget_stored();
    int stored_messages = 0;
    for (Seq next = 1; next <= spool.last();) {
        for (auto& entry : spool.read({next, spool.last()}, rows_a_page, bytes_a_page)) {
            if (const auto* reading = std::get_if<spool::ReadingRow>(&entry.content)) {
                ledger_.stored_reading(spool.epoch(), entry.seq,
                                       spool.series(reading->series).topic, reading->value);
            } else {
                const auto& message = std::get<Message>(entry.content);
                ledger_.stored_message(message.topic, message.payload);
                ++stored_messages;
            }
            next = entry.seq + 1;
        }
    }
    if (stored_messages < device_messages_) {
        throw Error(fmt::format("the local broker acknowledged {} messages of the device, but only "
                                "{} were stored",
                                device_messages_, stored_messages));
    }
}

/// Each is a mosquitto_pub of its own; tried again until the broker has acknowledged it.
void Story::device_publishes(int messages) {
    for (int i = 0; i < messages; ++i) {
        const auto payload = fmt::format(R"({{"device":"esp32","n":{}}})", ++device_messages_);
        const auto tried = [&] {
            ChildProcess publish(set_.device("devices/esp32/data", payload));
            std::optional<int> ended;
            stage_.run_until([&] { return (ended = publish.wait(0ms)).has_value(); }, 10s);
            return ended == 0;
        };
        stage_.await("the device's message", tried, patience);
    }
    say(fmt::format("device: mosquitto_pub sent {} messages to devices/esp32/data", messages));
}

void Story::heard_locally(const mqtt::Delivery& delivery) {
    if (delivery.topic != topics::status) {
        ++screen_.scene().local_messages;
        screen_.scene().values[delivery.topic] = delivery.payload;
        return;
    }
    const auto json = nlohmann::json::parse(delivery.payload);
    status_.online = json.value("online", false);
    if (status_.online) {
        const auto& uplink = json.at("uplink");
        status_.link = uplink.at("link");
        status_.pending = uplink.at("pending");
        status_.last_seq = json.at("spool").at("last_seq");
        status_.sensors = json.at("sensors").size();
        ++statuses_;
    }
    auto& scene = screen_.scene();
    scene.link = status_.link;
    scene.pending = status_.pending;
    scene.backlog = status_.pending == 0 ? 0 : std::max(scene.backlog, status_.pending);
}

void Story::heard_at_cloud(const mqtt::Delivery& delivery) {
    ledger_.received(delivery.topic, delivery.payload);
    screen_.scene().cloud_rows = ledger_.rows();
}

void Story::go_on() {
    set_.write_config(true);
    daemon_.start();
    say("The demo goes on. Try it, from another terminal:");
    fmt::print("\n  see what is measured   {} mosquitto_sub -t 'sensors/#' -v\n"
               "  be the device          {} mosquitto_pub -q 1 -t devices/esp32/data -m hello\n"
               "  be refused             {} mosquitto_pub -q 1 -t sensors/load -m 0\n"
               "  cut the link           kill -STOP {}     and heal it: kill -CONT {}\n"
               "  kill what you like     kill -9 {} (daemon), {} (local broker), {} (cloud)\n"
               "  read the logs          {}/*.log\n\nCtrl-C ends it.\n\n",
               set_.client_words("viewer"), set_.client_words("esp32"), set_.client_words("viewer"),
               cloud_.pid(), cloud_.pid(), daemon_.pid(), broker_.pid(), cloud_.pid(),
               set_.folder().string());
    std::fflush(stdout);
    while (true) {
        stage_.run_for(1h);
    }
}

} // namespace holdfast::cli::demo
