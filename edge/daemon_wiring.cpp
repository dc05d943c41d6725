// Who hears of what: how the parts of the daemon speak to one another.
#include "core/topics.hpp"
#include "edge/daemon.hpp"

#include <fmt/format.h>

namespace holdfast::edge {

Orders::Handlers Daemon::orders_handlers() {
    return {.connected =
                [this] {
                    next_status_up_ = ticks_; // the will may have told the cloud otherwise
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

void Daemon::measured(const Reading& reading) {
    const auto& route = routes_.of(reading.series);
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
            main_.publish(routes_.topic(sample->series), fmt::format("{}", sample->value), 1,
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

} // namespace holdfast::edge
