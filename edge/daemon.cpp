#include "edge/daemon.hpp"

#include "core/topics.hpp"
#include "edge/local_broker.hpp"
#include "edge/sensors/driver_table.hpp"
#include "edge/service_manager.hpp"
#include "edge/spool_options.hpp"
#include "edge/status.hpp"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

namespace holdfast::edge {

namespace {

using namespace std::chrono_literals;

constexpr auto tick_every = 1s;
constexpr unsigned ticks_between_trims = 60;

/// What the daemon keeps of the certificates' ends that it told.
const std::string certificates_said = "certificates-said";

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

mqtt::Endpoint orders_endpoint(const config::Settings& settings,
                               const std::filesystem::path& folder) {
    auto endpoint = local_broker(settings, folder, "holdfast-orders");
    endpoint.clean_session = false;
    return endpoint;
}

mqtt::Endpoint history_endpoint(const config::Settings& settings,
                                const std::filesystem::path& folder) {
    auto endpoint = local_broker(settings, folder, "holdfast-history");
    endpoint.version = mqtt::Version::v5; // brings where to answer
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
    , spool_(settings_.spool.path, spool_options(settings_.spool), log_)
    , storage_(loop_, spool_)
    , recorder_(
          loop_, storage_, settings_.spool.lose_at_most,
          {.committed = [this](const auto& group, const auto& stored) { committed(group, stored); },
           .hold = [this] { capture_.hold(); },
           .acknowledge = [this] { capture_.acknowledge(); },
           .trouble = [this](const auto& reason) { spool_trouble(reason); }},
          log_)
    , housekeeping_(loop_, storage_, {settings_.spool.path, settings_.spool.keep_history},
                    housekeeping_handlers(), log_)
    , main_(loop_, library, main_endpoint(settings_, config_file_.parent_path()),
            mqtt::Acknowledge::at_once, main_handlers(), log_)
    , field_(loop_, settings_, settings_.spool.path.parent_path(), field_handlers(), log_)
    , certificates_(config_file_.parent_path() / "certs", field_.ports().kept(certificates_said),
                    certificate_handlers(), log_)
    , orders_(field_.ports(), library, orders_endpoint(settings_, config_file_.parent_path()),
              orders_handlers())
    , capture_(field_.ports(), library, capture_endpoint(settings_, config_file_.parent_path()),
               {.message = [this](Message message) { recorder_.add(std::move(message)); },
                .refused =
                    [this](const std::string& reason) {
                        main_.publish(topics::alert("device"), reason, 1, false);
                    }})
    , history_(loop_, library, history_endpoint(settings_, config_file_.parent_path()),
               {settings_.spool.path, settings_.site.name}, log_) {
    if (settings_.cloud) {
        make_cloud_side();
    }
    last_seq_ = spool_.last();
    set_routes(settings_, register_series(spool_, settings_));
    field_.bus().watch({.wanted = [this](const auto& filter) { main_.subscribe(filter, 1); },
                        .unwanted = [this](const auto& filter) { main_.unsubscribe(filter); }});
}

void Daemon::make_cloud_side() {
    uplink_.emplace(loop_, storage_, main_, settings_, config_file_.parent_path(), spool_, log_);
    uplink_->subscribe();
    downlink_.emplace(
        field_.ports(), settings_.site.name,
        Downlink::Handlers{.say = [this](const std::string& topic, const std::string& payload) {
            say(topic, payload, false);
        }});
}

Orders::Handlers Daemon::orders_handlers() {
    return {.connected =
                [this] {
                    if (downlink_) {
                        downlink_->reconnected();
                    }
                },
            .take =
                [this](const ports::BusMessage& message) {
                    return downlink_ && downlink_->take(message);
                },
            .ready = [this] { field_.publish_outputs(); }};
}

Housekeeping::Handlers Daemon::housekeeping_handlers() {
    return {
        .busy = [this] { return uplink_ ? uplink_->claimed() : RangeSet{}; },
        .dropped =
            [this](const RangeSet& dropped) {
                if (uplink_) {
                    uplink_->dropped(dropped);
                }
            },
        .link = [this] { return uplink_ && uplink_->stats().link && !uplink_->waits_for_clock(); },
        .notices =
            [this](const SeqRange& range) {
                RangeSet urgent;
                urgent.insert(range);
                last_seq_ = range.last;
                uplink_->appended(range, urgent);
            },
        .clock_known =
            [this] {
                if (uplink_) {
                    uplink_->clock_known();
                }
            },
        .alert =
            [this](const std::string& text) {
                main_.publish(topics::alert("spool"), text, 1, false);
            },
        .damaged = [this] { begin_anew(); }};
}

CertificateWatch::Handlers Daemon::certificate_handlers() {
    return {.alert =
                [this](const std::string& text) {
                    main_.publish(topics::alert("certificates"), text, 1, false);
                    if (uplink_) {
                        uplink_->tell_cloud(text);
                    }
                },
            .keep =
                [this](std::string content) {
                    field_.ports().keep(certificates_said, std::move(content));
                }};
}

/// A daemon made anew opens the spool anew, and that is when it is salvaged.
void Daemon::begin_anew() {
    if (!next_) {
        next_ = settings_;
        stop();
    }
}

mqtt::Handlers Daemon::main_handlers() {
    return {.connected =
                [this](bool) {
                    published_status_.clear();
                    if (uplink_) {
                        uplink_->connected();
                    }
                    field_.publish_sensors();
                    orders_.start();
                    publish_status();
                    publish_salvage();
                },
            .disconnected =
                [this](const std::string&) {
                    orders_.pause();
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
    return {
        .reading = [this](const Reading& reading) { measured(reading); },
        .publish = [this](const std::string& topic, const std::string& payload,
                          bool retain) { main_.publish(topic, payload, 1, retain); },
        .say = [this](const std::string& topic, const std::string& payload,
                      bool retain) { retain ? say(topic, payload, true) : answer(topic, payload); },
        .keep = [this](Message message) { keep(std::move(message)); }};
}

/// Those of the sensors, in their order. On the thread that uses the spool.
std::vector<Daemon::Route> Daemon::register_series(spool::Spool& spool,
                                                   const config::Settings& settings) {
    std::vector<Route> routes;
    for (const auto& sensor : settings.sensors) {
        const auto series = spool.series({sensor.name, sensor.topic.str(), sensors::unit_of(sensor),
                                          sensor.format, sensor.priority});
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
    housekeeping_.set_clock();
    main_.start();
    set_devices();
    field_.start();
    history_.start();
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

/// Everything measured so far goes to disk; then the loop ends. Signals that come now are for the
/// next daemon.
void Daemon::stop() {
    if (!next_) {
        service_manager::stopping();
    }
    log_.notice(next_ ? "reloading" : "stopping");
    orders_.stop();
    field_.stop();
    history_.stop();
    tick_timer_.cancel();
    housekeeping_.stop();
    capture_.hold();
    if (uplink_) {
        uplink_->disconnected(); // hands over no more; receipts that still come count
    }
    recorder_.flush([this] {
        if (recorder_.waiting() > 0) {
            log_.error("readings are lost: the spool does not take them and the daemon ends",
                       {{"readings", recorder_.waiting()}, {"reason", recorder_.trouble()}});
        }
        storage_.run([](spool::Spool& spool) { spool.save_receipts(); },
                     [this] { finish_stopping(); },
                     [this](const std::exception_ptr& error) {
                         log_.error("receipts could not be saved", {{"reason", message_of(error)}});
                         finish_stopping();
                     });
    });
}

void Daemon::finish_stopping() {
    capture_.stop();
    main_.publish(std::string(topics::status), offline_json(settings_.site.name), 1, true);
    main_.stop();
    loop_.stop();
}

void Daemon::measured(const Reading& reading) {
    const auto& route = routes_.at(reading.series);
    recorder_.add(spool::Sample{route.series, reading.value, reading.at, route.up});
}

/// Goes to disk with the readings, and to the cloud for certain.
void Daemon::keep(Message message) {
    if (settings_.cloud) {
        recorder_.add(std::move(message));
    }
}

/// Here and, while there is a link, at the cloud: what is only of use now.
void Daemon::say(const std::string& topic, const std::string& payload, bool retain) {
    main_.publish(topic, payload, 1, retain);
    if (uplink_ && uplink_->stats().link) {
        main_.publish(std::string(topics::up) + topic, payload, 1, retain);
    }
}

/// What became of an order: whoever gave it is to know for certain.
void Daemon::answer(const std::string& topic, const std::string& payload) {
    const auto text = downlink_ ? downlink_->with_id(topic, payload) : payload;
    main_.publish(topic, text, 1, false);
    keep({topic, text, 1, false, boot_now(), true});
}

void Daemon::committed(const std::vector<spool::Item>& group, const Recorder::Stored& stored) {
    committed_ += group.size();
    last_seq_ = stored.range ? stored.range->last : last_seq_;
    for (const auto& item : group) {
        if (const auto* sample = std::get_if<spool::Sample>(&item)) {
            main_.publish(local_topics_.at(sample->series), fmt::format("{}", sample->value), 1,
                          false);
        }
    }
    if (stored.range && uplink_) {
        uplink_->appended(*stored.range, stored.urgent);
    }
}

void Daemon::spool_trouble(const std::string& reason) {
    main_.publish(topics::alert("spool"),
                  reason.empty() ? "the spool takes readings again"
                                 : "the spool does not take readings: " + reason,
                  1, false);
}

void Daemon::tick() {
    housekeeping_.tick(committed_);
    publish_status();
    look_at_certificates();
    service_manager::alive();
    if (++ticks_ % ticks_between_trims == 0) {
        ::malloc_trim(0); // what a burst of work took and gave back
    }
    tick_timer_.expires_after(tick_every);
    tick_timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            tick();
        }
    });
}

} // namespace holdfast::edge
