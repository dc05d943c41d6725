#include "edge/daemon.hpp"

#include "core/topics.hpp"
#include "edge/local_broker.hpp"
#include "edge/sensors/driver_table.hpp"
#include "edge/service_manager.hpp"
#include "edge/status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

/// Whether a section of that title can change while everything else goes on.
bool changes_in_place(const std::string& title) {
    constexpr std::array<std::string_view, 6> kinds{"sensor ", "device ", "instruction ",
                                                    "output ", "alarm ",  "template "};
    return std::any_of(kinds.begin(), kinds.end(),
                       [&](std::string_view kind) { return title.rfind(kind, 0) == 0; });
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
    , field_(loop_, settings_, settings_.spool.path.parent_path(), field_handlers(), log_)
    , capture_(field_.ports(), library, capture_endpoint(settings_, config_file_.parent_path()),
               {.message = [this](Message message) { recorder_.add(std::move(message)); },
                .refused =
                    [this](const std::string& reason) {
                        main_.publish(topics::alert("device"), reason, 1, false);
                    }}) {
    if (settings_.cloud) {
        uplink_.emplace(loop_, storage_, main_, settings_, spool_, log_);
        uplink_->subscribe();
    }
    last_seq_ = spool_.last();
    set_routes(settings_, register_series(spool_, settings_));
    field_.bus().watch({.wanted = [this](const auto& filter) { main_.subscribe(filter, 1); },
                        .unwanted = [this](const auto& filter) { main_.unsubscribe(filter); }});
}

mqtt::Handlers Daemon::main_handlers() {
    return {.connected =
                [this](bool) {
                    published_status_.clear();
                    if (uplink_) {
                        uplink_->connected();
                    }
                    field_.publish_all();
                    publish_status();
                },
            .disconnected =
                [this](const std::string&) {
                    if (uplink_) {
                        uplink_->disconnected();
                    }
                },
            .message = [this](const mqtt::Delivery& delivery) { delivered(delivery); },
            .published = {},
            .subscription_refused = {}};
}

void Daemon::delivered(const mqtt::Delivery& delivery) {
    if (!uplink_ || !uplink_->message(delivery)) {
        field_.bus().deliver({delivery.topic, delivery.payload, delivery.retain});
    }
}

Field::Handlers Daemon::field_handlers() {
    return {.reading = [this](const Reading& reading) { measured(reading); },
            .publish = [this](const std::string& topic, const std::string& payload,
                              bool retain) { main_.publish(topic, payload, 1, retain); },
            .say = [this](const std::string& topic, const std::string& payload,
                          bool retain) { say(topic, payload, retain); },
            .keep = [this](const std::string& topic, const std::string& payload,
                           BootTime at) { keep(topic, payload, at); }};
}

/// Those of the sensors, in their order. On the thread that uses the spool.
std::vector<Daemon::Route> Daemon::register_series(spool::Spool& spool,
                                                   const config::Settings& settings) {
    std::vector<Route> routes;
    for (const auto& sensor : settings.sensors) {
        const auto series = spool.series(
            {sensor.name, sensor.topic.str(), sensors::unit_of(sensor), sensor.format});
        routes.push_back({sensor.topic.str(), series, sensor.up && settings.cloud});
    }
    return routes;
}

void Daemon::set_routes(const config::Settings& settings, const std::vector<Route>& routes) {
    routes_.clear();
    for (std::size_t i = 0; i < routes.size(); ++i) {
        routes_[settings.sensors[i].name] = routes[i];
        local_topics_[routes[i].series] = routes[i].topic; // what is on its way keeps its topic
    }
}

void Daemon::set_devices() {
    if (!settings_.cloud && !settings_.devices.empty()) {
        log_.warning("device messages are not captured: there is no [cloud] to send them to");
    }
    capture_.set(settings_.cloud ? settings_.devices : std::vector<config::DeviceSettings>());
}

std::optional<config::Settings> Daemon::run() {
    set_clock();
    main_.start();
    set_devices();
    field_.start();
    wait_for_signals();
    tick();
    log_.notice("running", {{"site", settings_.site.name},
                            {"sensors", settings_.sensors.size()},
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
        const auto changed = config::changed_sections(settings_, fresh);
        if (std::all_of(changed.begin(), changed.end(), changes_in_place)) {
            return change(std::move(fresh), changed);
        }
        next_ = std::move(fresh);
    } catch (const std::exception& error) {
        log_.error("configuration refused: the old one stays", {{"reason", error.what()}});
        main_.publish(topics::alert("config"), error.what(), 1, false);
        wait_for_signals();
        return;
    }
    stop();
}

/// Everything else goes on: what is in flight, what waits, sensors whose section is as it was.
void Daemon::change(config::Settings fresh, const std::set<std::string>& changed) {
    storage_.run(
        [this, fresh](spool::Spool& spool) { return register_series(spool, fresh); },
        [this, fresh, changed](const std::vector<Route>& routes) {
            settings_ = fresh;
            set_routes(settings_, routes);
            field_.apply(settings_, changed);
            set_devices();
            log_.notice("running", {{"site", settings_.site.name},
                                    {"sensors", settings_.sensors.size()},
                                    {"changed", changed.size()}});
            wait_for_signals();
        },
        [this](const std::exception_ptr& error) {
            log_.error("configuration refused: the old one stays", {{"reason", message_of(error)}});
            main_.publish(topics::alert("config"), message_of(error), 1, false);
            wait_for_signals();
        });
}

/// What the next daemon's constructor would throw for.
void Daemon::check(const config::Settings& fresh) {
    const Field field(loop_, fresh, fresh.spool.path.parent_path(), {}, log_);
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
    field_.stop();
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

/// Goes to disk with the readings, and to the cloud for certain.
void Daemon::keep(const std::string& topic, const std::string& payload, BootTime at) {
    if (settings_.cloud) {
        recorder_.add(Message{topic, payload, 1, false, at});
    }
}

/// Here and, while there is a link, at the cloud: what is only of use now.
void Daemon::say(const std::string& topic, const std::string& payload, bool retain) {
    main_.publish(topic, payload, 1, retain);
    if (uplink_ && uplink_->stats().link) {
        main_.publish(std::string(topics::up) + topic, payload, 1, retain);
    }
}

void Daemon::committed(const std::vector<spool::Item>& group, std::optional<SeqRange> range) {
    committed_ += group.size();
    last_seq_ = range ? range->last : last_seq_;
    for (const auto& item : group) {
        if (const auto* sample = std::get_if<spool::Sample>(&item)) {
            main_.publish(local_topics_.at(sample->series), fmt::format("{}", sample->value), 1,
                          false);
        }
    }
    if (range && uplink_) {
        uplink_->appended(*range);
    }
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
                  .sensors = field_.sensor_statuses(),
                  .alarms = field_.raised_alarms()};
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
    if (link && !std::exchange(cloud_knows_states_, true)) {
        field_.say_states();
    }
    cloud_knows_states_ = link;
    if (!link) {
        next_status_up_ = ticks_;
    } else if (ticks_ >= next_status_up_) {
        main_.publish(std::string(topics::up) + "status", json, 1, true);
        next_status_up_ = ticks_ + ticks_between_upstream_status;
    }
}

} // namespace holdfast::edge
