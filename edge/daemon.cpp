#include "edge/daemon.hpp"

#include "core/topics.hpp"
#include "edge/endpoints.hpp"
#include "edge/service_manager.hpp"
#include "edge/spool_options.hpp"
#include "edge/status.hpp"

#include <malloc.h>

#include <csignal>
#include <cstdlib>

namespace holdfast::edge {

namespace {

using namespace std::chrono_literals;

constexpr auto tick_every = 1s;
constexpr unsigned ticks_between_trims = 60;

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
    , certificates_(config_file_.parent_path() / "certs",
                    field_.ports().kept(CertificateWatch::kept_as), certificate_handlers(), log_)
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
    routes_.set(SeriesRoutes::in_spool(spool_, settings_));
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

/// A daemon made anew opens the spool anew, and that is when it is salvaged.
void Daemon::begin_anew() {
    if (!next_) {
        next_ = settings_;
        stop();
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
    if (settings_.cloud) {
        main_.publish(std::string(topics::up) + "status", offline_json(settings_.site.name), 1,
                      true);
    }
    main_.stop();
    loop_.stop();
}

void Daemon::tick() {
    housekeeping_.tick(committed_);
    publish_status();
    if (main_.connected()) { // who would hear it?
        certificates_.tick(std::chrono::system_clock::now(), housekeeping_.clock_synchronised());
    }
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
