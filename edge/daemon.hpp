#pragma once

#include "config/settings.hpp"
#include "core/log.hpp"
#include "edge/capture.hpp"
#include "edge/certificate_watch.hpp"
#include "edge/downlink.hpp"
#include "edge/field.hpp"
#include "edge/history/desk.hpp"
#include "edge/housekeeping.hpp"
#include "edge/mqtt/client.hpp"
#include "edge/orders.hpp"
#include "edge/recorder.hpp"
#include "edge/series_routes.hpp"
#include "edge/signals.hpp"
#include "edge/spool/spool.hpp"
#include "edge/storage.hpp"
#include "edge/uplink_driver.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace holdfast::edge {

/// The edge daemon put together: sensors and devices → recorder → spool → local topics and uplink.
///
/// One event loop; only the spool and blocking sensors have threads of their own.
class Daemon {
public:
    /// Opens everything and throws on what a person must mend; what may come back by itself (the
    /// local broker, a sensor) is waited for.
    Daemon(std::filesystem::path config_file, config::Settings settings,
           const mqtt::Library& library, const Signals& signals, Log log);
    Daemon(const Daemon&) = delete;
    Daemon& operator=(const Daemon&) = delete;

    /// Runs until SIGTERM or SIGINT. SIGHUP brings a configuration that works into force, another
    /// is refused with an alert and the old one goes on. Where only sensors, devices, instructions,
    /// outputs or alarms differ, those that do end and begin, and nothing else does; otherwise
    /// run() returns the settings for the next daemon. Commits what was measured before it returns.
    std::optional<config::Settings> run();

private:
    void set_devices();
    Field::Handlers field_handlers();
    Housekeeping::Handlers housekeeping_handlers();
    CertificateWatch::Handlers certificate_handlers();
    mqtt::Handlers main_handlers();
    void delivered(const mqtt::Delivery& delivery);
    void wait_for_signals();
    void take_signal();
    void reload();
    void check(const config::Settings& fresh);
    void change(const config::Settings& fresh, const std::set<std::string>& changed);
    void stop();

    void measured(const Reading& reading);
    void keep(Message message);
    void say(const std::string& topic, const std::string& payload, bool retain);
    void answer(const std::string& topic, const std::string& payload);
    void make_cloud_side();
    Orders::Handlers orders_handlers();
    void committed(const std::vector<spool::Item>& group, const Recorder::Stored& stored);
    void spool_trouble(const std::string& reason);

    void tick();
    void begin_anew();
    void publish_salvage();
    void finish_stopping();
    void publish_status();
    void send_status_up(const std::string& json);

    std::filesystem::path config_file_;
    config::Settings settings_;
    Log log_;
    boost::asio::io_context loop_;
    const Signals& signals_;
    boost::asio::posix::stream_descriptor signals_ready_;
    boost::asio::steady_timer tick_timer_;

    spool::Spool spool_;
    Storage storage_;
    Recorder recorder_;
    Housekeeping housekeeping_;
    mqtt::Client main_;
    Field field_;
    CertificateWatch certificates_;
    Orders orders_;
    std::optional<Downlink> downlink_; ///< where there is a cloud
    Capture capture_;
    history::Desk history_;
    std::optional<UplinkDriver> uplink_;

    SeriesRoutes routes_;
    std::uint64_t committed_ = 0;
    Seq last_seq_ = 0;
    std::string published_status_;
    std::uint64_t ticks_ = 0;
    std::uint64_t next_status_up_ = 0;
    bool cloud_knows_states_ = false;
    std::optional<config::Settings> next_; ///< what a reload found
};

} // namespace holdfast::edge
