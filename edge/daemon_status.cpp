// What the daemon says of itself, here and at the cloud.
#include "core/topics.hpp"
#include "edge/daemon.hpp"
#include "edge/plugin_commands.hpp"
#include "edge/status.hpp"

#include <fmt/format.h>

#include <utility>

namespace holdfast::edge {

namespace {

constexpr std::uint64_t ticks_between_upstream_status = 60;

} // namespace

/// Once a connection, as long as this daemon runs: somebody should look after the card.
void Daemon::publish_salvage() {
    if (const auto& salvage = spool_.salvaged()) {
        main_.publish(
            topics::alert("spool"),
            fmt::format("{} were saved, {} of them not sent yet; {} that were not sent are "
                        "lost; the damaged file is {}",
                        salvage->saved, salvage->pending, salvage->lost_pending,
                        salvage->moved_to.string()),
            1, false);
    }
}

void Daemon::publish_status() {
    Status status{.site = settings_.site.name,
                  .committed = committed_,
                  .waiting = recorder_.waiting(),
                  .dropped = recorder_.dropped(),
                  .spool_trouble = recorder_.trouble(),
                  .salvaged = spool_.salvaged(),
                  .spool = housekeeping_.stats(),
                  .spool_max_bytes = settings_.spool.max_size_bytes,
                  .spool_when_full = std::string(config::to_string(settings_.spool.when_full)),
                  .bytes_per_reading = housekeeping_.wear().bytes_per_reading(),
                  .bytes_per_day = housekeeping_.wear().bytes_per_day(),
                  .epoch = spool_.epoch(),
                  .last_seq = last_seq_,
                  .clock_synchronised = housekeeping_.clock_synchronised(),
                  .uplink = uplink_ ? std::optional(uplink_->stats()) : std::nullopt,
                  .missing_routes =
                      uplink_ ? uplink_->missing_routes() : std::vector<std::string>(),
                  .waits_for_clock = uplink_ && uplink_->waits_for_clock(),
                  .sensors = field_.sensor_statuses(),
                  .alarms = field_.raised_alarms()};
    auto json = to_json(status);
    send_status_up(json);
    if (json != published_status_ && main_.connected()) {
        main_.publish(std::string(topics::status), json, 1, true);
        published_status_ = std::move(json);
    }
}

CertificateWatch::Handlers Daemon::certificate_handlers() {
    return {.alert =
                [this](const std::string& text) {
                    main_.publish(topics::alert("certificates"), text, 1, false);
                    if (uplink_) {
                        uplink_->tell_cloud(text);
                    }
                },
            .audit =
                [this](const std::string& name, const std::string& event) {
                    main_.publish(std::string(topics::control), certificate_command(name, event), 1,
                                  false);
                },
            .keep =
                [this](std::string content) {
                    field_.ports().keep(CertificateWatch::kept_as, std::move(content));
                }};
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
