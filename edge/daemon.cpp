#include "edge/daemon.hpp"

#include "core/topics.hpp"
#include "edge/local_broker.hpp"
#include "edge/sensors/sensor.hpp"
#include "edge/service_manager.hpp"
#include "edge/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace holdfast::edge {

namespace {

using namespace std::chrono_literals;

constexpr auto tick_every = 1s;
constexpr std::uint64_t ticks_between_trims = 60;
constexpr std::uint64_t ticks_between_upstream_status = 60;
constexpr std::size_t rows_per_trim = 20'000;
// A clock that is corrected by less than this is only being disciplined.
constexpr WallTime clock_step = 20ms;

mqtt::Endpoint main_endpoint(const config::Settings& settings,
                             const std::filesystem::path& folder) {
    auto endpoint = local_broker(settings, folder, "holdfast-edge");
    endpoint.will = {.topic = std::string(topics::status),
                     .payload = offline_json(settings.site.name)};
    return endpoint;
}

mqtt::Endpoint capture_endpoint(const config::Settings& settings,
                                const std::filesystem::path& folder) {
    auto endpoint = local_broker(settings, folder, "holdfast-capture");
    // The broker keeps what devices send while we are away, and what we have not acknowledged.
    endpoint.clean_session = false;
    endpoint.keepalive = 120s; // pings wait behind acknowledgements, which wait for the disk
    return endpoint;
}

} // namespace

Daemon::Daemon(std::filesystem::path config_file, config::Settings settings,
               const mqtt::Library& library, const Signals& signals, Log log)
    : config_file_(std::move(config_file))
    , settings_(std::move(settings))
    , log_(std::move(log))
    , signals_(signals)
    , signals_ready_(loop_, UniqueFd(::dup(signals.fd())).release())
    , tick_timer_(loop_)
    , spool_(settings_.spool.path, {.boot_id = boot_id()}, log_)
    , storage_(loop_, spool_)
    , recorder_(loop_, storage_, settings_.spool.lose_at_most,
                {.committed = [this](const auto& group, auto range) { committed(group, range); },
                 .hold = [this] { capture_.hold(); },
                 .acknowledge = [this] { capture_.acknowledge(); }},
                log_)
    , main_(loop_, library, main_endpoint(settings_, config_file_.parent_path()),
            mqtt::Acknowledge::at_once, main_handlers(), log_)
    , capture_(loop_, library, capture_endpoint(settings_, config_file_.parent_path()),
               mqtt::Acknowledge::when_told, capture_handlers(), log_) {
    if (settings_.cloud) {
        uplink_.emplace(loop_, storage_, main_, settings_, config_file_.parent_path(), spool_,
                        log_);
        uplink_->subscribe();
    }
    last_seq_ = spool_.last();
    make_sensors();
}

mqtt::Handlers Daemon::main_handlers() {
    return {.connected =
                [this](bool) {
                    published_status_.clear();
                    if (uplink_) {
                        uplink_->connected();
                    }
                    for (const auto& sensor : sensors_) {
                        publish_sensor(sensor.status());
                    }
                    publish_status();
                },
            .disconnected =
                [this](const std::string&) {
                    if (uplink_) {
                        uplink_->disconnected();
                    }
                },
            .message =
                [this](const mqtt::Delivery& delivery) {
                    if (uplink_) {
                        uplink_->message(delivery);
                    }
                },
            .published = {},
            .subscription_refused = {}};
}

mqtt::Handlers Daemon::capture_handlers() {
    return {.connected = {},
            .disconnected = {},
            .message = [this](const mqtt::Delivery& delivery) { captured(delivery); },
            .published = {},
            .subscription_refused = {}};
}

void Daemon::make_sensors() {
    for (const auto& sensor : settings_.sensors) {
        const auto series =
            spool_.series({sensor.name, sensor.topic.str(), sensor.unit, sensor.format});
        routes_[sensor.name] = {sensor.topic.str(), series, sensor.up && settings_.cloud};
        local_[series] = {sensor.topic.str(), sensor.priority};
        sensors_.emplace_back(
            loop_, sensor,
            sensors::Sensor::Handlers{
                .reading = [this](const Reading& reading) { measured(reading); },
                .status = [this](const sensors::SensorStatus& status) { publish_sensor(status); }},
            log_);
    }
}

std::optional<config::Settings> Daemon::run() {
    set_clock();
    main_.start();
    if (settings_.cloud && !settings_.devices.empty()) {
        for (const auto& device : settings_.devices) {
            capture_.subscribe(device.topic.str(), device.qos);
        }
        capture_.start();
    } else if (!settings_.devices.empty()) {
        log_.warning("device messages are not captured: there is no [cloud] to send them to");
    }
    for (auto& sensor : sensors_) {
        sensor.start();
    }
    wait_for_signals();
    tick();
    log_.notice("running", {{"site", settings_.site.name},
                            {"sensors", sensors_.size()},
                            {"pending", spool_.pending().size()}});
    service_manager::ready();
    loop_.run();
    return std::move(next_);
}

void Daemon::wait_for_signals() {
    signals_ready_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                              [this](const boost::system::error_code& cancelled) {
                                  if (!cancelled) {
                                      take_signal();
                                  }
                              });
}

void Daemon::take_signal() {
    switch (signals_.take()) {
    case 0:
        wait_for_signals();
        return;
    case SIGHUP:
        reload();
        return;
    default:
        stop();
    }
}

/// Only a configuration that this daemon could run with replaces the one it runs with.
void Daemon::reload() {
    try {
        auto fresh = config::load_settings(config_file_);
        check(fresh);
        next_ = std::move(fresh);
    } catch (const std::exception& error) {
        log_.error("configuration refused: the old one stays", {{"reason", error.what()}});
        main_.publish(topics::alert("config"), error.what(), 1, false);
        wait_for_signals();
        return;
    }
    stop();
}

/// What the next daemon's constructor would throw for.
void Daemon::check(const config::Settings& fresh) {
    for (const auto& sensor : fresh.sensors) {
        const sensors::Sensor checked(loop_, sensor, {}, log_);
    }
    local_broker(fresh, config_file_.parent_path(), "");
    if (fresh.spool.path != settings_.spool.path) {
        const spool::Spool opened(fresh.spool.path, {.boot_id = boot_id()}, log_);
    }
}

/// Everything measured so far goes to disk; then the loop ends. Signals that come now are for the
/// next daemon.
void Daemon::stop() {
    if (!next_) {
        service_manager::stopping();
    }
    log_.notice(next_ ? "reloading" : "stopping");
    sensors_.clear();
    tick_timer_.cancel();
    capture_.hold();
    if (uplink_) {
        uplink_->disconnected(); // hands over no more; receipts that still come count
    }
    recorder_.flush([this] {
        storage_.run([](spool::Spool& spool) { spool.save_receipts(); },
                     [this] {
                         capture_.stop();
                         main_.publish(std::string(topics::status),
                                       offline_json(settings_.site.name), 1, true);
                         main_.stop();
                         loop_.stop();
                     },
                     [this](const std::exception_ptr& error) {
                         log_.error("receipts could not be saved", {{"reason", message_of(error)}});
                         loop_.stop();
                     });
    });
}

void Daemon::measured(const Reading& reading) {
    const auto& route = routes_.at(reading.series);
    recorder_.add(spool::Sample{route.series, reading.value, reading.at, route.up});
}

void Daemon::captured(const mqtt::Delivery& delivery) {
    recorder_.add(
        Message{delivery.topic, delivery.payload, delivery.qos, delivery.retain, boot_now()});
}

void Daemon::committed(const std::vector<spool::Item>& group, std::optional<SeqRange> range) {
    committed_ += group.size();
    last_seq_ = range ? range->last : last_seq_;
    for (const auto& item : group) {
        if (const auto* sample = std::get_if<spool::Sample>(&item)) {
            main_.publish(local_.at(sample->series).topic, fmt::format("{}", sample->value), 1,
                          false);
        }
    }
    if (range && uplink_) {
        uplink_->appended(*range, priority_rows(group, *range));
    }
}

/// Of those that go up, which got the numbers of the range in their order.
RangeSet Daemon::priority_rows(const std::vector<spool::Item>& group, SeqRange range) const {
    RangeSet rows;
    Seq seq = range.first;
    for (const auto& item : group) {
        const auto* sample = std::get_if<spool::Sample>(&item);
        if (sample != nullptr && !sample->up) {
            continue;
        }
        if (sample != nullptr ? local_.at(sample->series).priority
                              : has_priority(std::get<Message>(item))) {
            rows.insert({seq, seq});
        }
        ++seq;
    }
    return rows;
}

bool Daemon::has_priority(const Message& message) const {
    return std::any_of(settings_.devices.begin(), settings_.devices.end(),
                       [&](const config::DeviceSettings& device) {
                           return device.priority &&
                                  topic_matches(device.topic.str(), message.topic);
                       });
}

void Daemon::publish_sensor(const sensors::SensorStatus& status) {
    if (status.state == sensors::SensorStatus::State::starting) {
        return;
    }
    std::string text(to_string(status.state));
    if (!status.reason.empty()) {
        text += ": " + status.reason;
    }
    main_.publish(topics::sensor_status(status.sensor), text, 1, true);
}

void Daemon::tick() {
    set_clock();
    refresh_spool_stats();
    publish_status();
    service_manager::alive();
    if (++ticks_ % ticks_between_trims == 0) {
        const auto older_than = wall_now() - settings_.spool.keep_history;
        storage_.run([older_than](spool::Spool& spool) { spool.trim(older_than, rows_per_trim); },
                     [] {},
                     [this](const std::exception_ptr& error) {
                         log_.warning("old history stays for now", {{"reason", message_of(error)}});
                     });
    }
    tick_timer_.expires_after(tick_every);
    tick_timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            tick();
        }
    });
}

/// Readings know only the time since boot; what that is in wall time can be learnt later.
void Daemon::set_clock() {
    const auto offset = wall_now() - boot_now();
    const bool synchronised = clock_synchronised();
    if (ticks_ != 0 && synchronised == clock_synchronised_ &&
        std::chrono::abs(offset - clock_offset_) < clock_step) {
        return;
    }
    clock_offset_ = offset;
    clock_synchronised_ = synchronised;
    storage_.run(
        [offset, synchronised](spool::Spool& spool) { spool.set_clock(offset, synchronised); },
        [] {},
        [this](const std::exception_ptr& error) {
            log_.warning("the clock could not be noted", {{"reason", message_of(error)}});
        });
}

void Daemon::refresh_spool_stats() {
    storage_.run([](const spool::Spool& spool) { return spool.stats(); },
                 [this](const spool::Stats& stats) { spool_stats_ = stats; },
                 [this](const std::exception_ptr& error) {
                     log_.warning("the spool gives no figures", {{"reason", message_of(error)}});
                 });
}

void Daemon::publish_status() {
    Status status{.site = settings_.site.name,
                  .committed = committed_,
                  .waiting = recorder_.waiting(),
                  .dropped = recorder_.dropped(),
                  .spool_trouble = recorder_.trouble(),
                  .spool = spool_stats_,
                  .epoch = spool_.epoch(),
                  .last_seq = last_seq_,
                  .clock_synchronised = clock_synchronised_,
                  .uplink = uplink_ ? std::optional(uplink_->stats()) : std::nullopt,
                  .missing_routes =
                      uplink_ ? uplink_->missing_routes() : std::vector<std::string>(),
                  .sensors = {}};
    for (const auto& sensor : sensors_) {
        status.sensors.push_back(sensor.status());
    }
    auto json = to_json(status);
    send_status_up(json);
    if (json != published_status_ && main_.connected()) {
        main_.publish(std::string(topics::status), json, 1, true);
        published_status_ = std::move(json);
    }
}

/// To `<site>/status` when the link has come, and then once in a while.
void Daemon::send_status_up(const std::string& json) {
    const bool link = uplink_ && uplink_->stats().link;
    if (!link) {
        next_status_up_ = ticks_;
    } else if (ticks_ >= next_status_up_) {
        main_.publish(std::string(topics::up) + "status", json, 1, true);
        next_status_up_ = ticks_ + ticks_between_upstream_status;
    }
}

} // namespace holdfast::edge
