#include "edge/uplink_driver.hpp"

#include "config/receipt_routes.hpp"
#include "core/atomic_file.hpp"
#include "core/topics.hpp"
#include "edge/uplink/packer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace holdfast::edge {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t rows_per_read = 20'000; // as many as a stretch of the flow's
constexpr std::size_t bytes_per_read = std::size_t{1024} * 1024;
// Receipts ride on the next commit; when nothing is measured they go to disk by themselves after
// this long. A crash in between costs duplicates only.
constexpr auto save_receipts_after = 2s;
constexpr auto retry_read_after = 1s;

/// A topic at the cloud has the site before it.
uplink::MessageLimits message_limits(const config::Settings& settings) {
    const auto& profile = *settings.cloud->profile;
    return {.payload_bytes = profile.payload_bytes,
            .topic_bytes = profile.topic_bytes - settings.site.name.size() - 1,
            .topic_slashes = profile.topic_slashes - 1};
}

uplink::Limits limits(const config::Settings& settings) {
    const auto& chosen = settings.uplink;
    return {.batches_in_flight = chosen.max_in_flight,
            .bytes_in_flight = std::size_t{1024} * 1024,
            .publishes_per_second = static_cast<double>(chosen.max_publishes_per_second),
            .bytes_per_second = static_cast<double>(chosen.max_bytes_per_second),
            .receipt_timeout = chosen.receipt_timeout,
            .live_first = chosen.order == config::Order::live_first,
            .linger = chosen.linger,
            .markers = chosen.receipt == config::Receipt::marker,
            .message = message_limits(settings)};
}

std::vector<std::string> unrendered_routes(const config::Settings& settings,
                                           const std::filesystem::path& folder) {
    const auto file = config::bridge_configuration(folder);
    return config::missing_routes(settings, std::filesystem::exists(file) ? read_file(file) : "");
}

std::string random_nonce() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}", random(), random());
}

/// Bears the spool's own Series.
uplink::Row row(const spool::Spool& spool, spool::Entry entry) {
    const auto guess =
        entry.synchronised
            ? std::nullopt
            : std::optional(uplink::Row::Guess{entry.boot, entry.since_boot, entry.uncertainty});
    if (const auto* reading = std::get_if<spool::ReadingRow>(&entry.content)) {
        return {
            entry.seq, entry.at,
            uplink::Row::Measured{spool.series(reading->series), reading->value, reading->spread},
            entry.covers, guess};
    }
    return {entry.seq, entry.at, std::get<Message>(std::move(entry.content)), entry.covers, guess};
}

std::vector<uplink::Row> wanted_rows(const spool::Spool& spool, const uplink::Want& want) {
    std::vector<uplink::Row> rows;
    rows.reserve(std::min<std::size_t>(want.rows.size(), rows_per_read));
    spool.visit(want.range(), rows_per_read, bytes_per_read, [&](spool::Entry entry) {
        // Its own number may lie behind what is wanted: thinning gave it many.
        if (!want.rows.within(entry.covers).empty()) {
            rows.push_back(row(spool, std::move(entry)));
        }
    });
    return rows;
}

} // namespace

UplinkDriver::UplinkDriver(boost::asio::io_context& loop, Storage& storage, mqtt::Client& client,
                           const config::Settings& settings, const std::filesystem::path& folder,
                           const spool::Spool& spool, Log log)
    : storage_(storage)
    , client_(client)
    , log_(std::move(log))
    , site_(settings.site.name)
    , epoch_(spool.epoch())
    , link_topic_(topics::link(settings.site.name))
    , best_bytes_(settings.uplink.max_batch_bytes)
    , flow_(limits(settings), spool.pending(), random_nonce(), spool.urgent())
    , network_(loop, settings.cloud->address, settings.cloud->port, [this] { network_is_back(); })
    , timer_(loop)
    , save_timer_(loop)
    , folder_(folder)
    , missing_routes_(unrendered_routes(settings, folder))
    , waits_for_clock_(settings.uplink.unset_clock == config::UnsetClock::wait) {}

void UplinkDriver::subscribe() {
    // The same QoS, so that the broker keeps the order between a new link and its echoes.
    client_.subscribe(std::string(topics::receipts) + "#", 1);
    client_.subscribe(link_topic_, 1);
}

void UplinkDriver::connected() {
    tell_missing_routes();
    flow_.local(true);
    pump();
}

void UplinkDriver::check_routes(const config::Settings& settings) {
    missing_routes_ = unrendered_routes(settings, folder_);
    tell_missing_routes();
}

void UplinkDriver::disconnected() {
    bridge_is_up_ = false; // until the broker's retained message says otherwise
    network_.pause();
    flow_.local(false);
    pump();
}

bool UplinkDriver::message(const mqtt::Delivery& delivery) {
    if (delivery.topic == link_topic_) {
        const bool up = delivery.payload == "1";
        if (up != bridge_is_up_) {
            log_.notice(up ? "the cloud is connected" : "the cloud is gone",
                        {{"pending", flow_.stats().pending}});
        }
        bridge_is_up_ = up;
        network_.link(up);
        flow_.link(up && !waits_for_clock_, boot_now());
        pump();
        return true;
    }
    if (delivery.topic.rfind(topics::receipts, 0) == 0) {
        receipt(delivery);
        return true;
    }
    return false;
}

void UplinkDriver::clock_known() {
    if (std::exchange(waits_for_clock_, false) && bridge_is_up_) {
        flow_.link(true, boot_now());
        pump();
    }
}

uplink::Flow::Stats UplinkDriver::stats() const {
    auto stats = flow_.stats();
    stats.link = bridge_is_up_; // also while the flow is told that it is down
    stats.hints = hints_;
    return stats;
}

void UplinkDriver::receipt(const mqtt::Delivery& delivery) {
    const auto topic = std::string_view(delivery.topic).substr(topics::receipts.size());
    prove(flow_.receipt(topic, delivery.payload, boot_now()));
    pump();
}

void UplinkDriver::appended(SeqRange rows, const RangeSet& urgent) {
    flow_.appended(rows, boot_now(), urgent);
    pump();
}

void UplinkDriver::dropped(const RangeSet& rows) {
    flow_.dropped(rows);
}

void UplinkDriver::pump() {
    // One time for all: what the pace holds back now must not count as come by the time we sleep.
    const auto now = boot_now();
    for (auto& publish : flow_.due(now)) {
        client_.publish(std::string(topics::up) + publish.topic, publish.payload, 1,
                        publish.retain);
    }
    if (flow_.take_stall()) {
        tell_stall();
        kick_bridge();
    }
    for (const auto& event : flow_.take_events()) {
        tell(event);
    }
    send_alerts();
    if (!spool_unreadable_) {
        if (const auto want = flow_.want(now)) {
            read(*want);
        }
    }
    sleep(now);
}

void UplinkDriver::read(const uplink::Want& want) {
    const uplink::PackOptions options{.site = site_,
                                      .epoch = epoch_,
                                      .best_bytes = best_bytes_,
                                      .one_reading_each = want.one_reading_each};
    storage_.run(
        [want, options](const spool::Spool& spool) {
            const auto rows = wanted_rows(spool, want);
            const auto range = want.range();
            // What upkeep has dropped meanwhile is no fault.
            if (rows.empty() && spool.pending().first_within(range.first, range.last)) {
                throw Error(fmt::format("rows {} to {} are pending but not in the spool",
                                        range.first, range.last));
            }
            return Packed{want, uplink::pack(rows, options)};
        },
        [this](Packed packed) {
            flow_.packed(packed.want, std::move(packed.batches));
            pump();
        },
        [this, want](const std::exception_ptr& error) {
            log_.error("the spool cannot be read: tried again", {{"reason", message_of(error)}});
            flow_.packed(want, {});
            spool_unreadable_ = true;
            sleep(boot_now());
        });
}

void UplinkDriver::prove(RangeSet rows) {
    if (rows.empty()) {
        return;
    }
    storage_.run([rows = std::move(rows)](spool::Spool& spool) { spool.prove(rows); }, [] {},
                 [this](const std::exception_ptr& error) {
                     // They stay pending on disk and go again after a restart: a duplicate.
                     log_.error("receipts could not be noted", {{"reason", message_of(error)}});
                 });
    if (!std::exchange(unsaved_receipts_, true)) {
        save_timer_.expires_after(save_receipts_after);
        save_timer_.async_wait([this](const boost::system::error_code& cancelled) {
            if (cancelled) {
                return;
            }
            unsaved_receipts_ = false;
            storage_.run(
                [](spool::Spool& spool) { spool.save_receipts(); }, [] {},
                [this](const std::exception_ptr& error) {
                    log_.warning("receipts could not be saved", {{"reason", message_of(error)}});
                });
        });
    }
}

/// Until something may be due again though nothing has happened.
void UplinkDriver::sleep(uplink::Time now) {
    auto next = flow_.wake(now);
    if (spool_unreadable_) {
        next = boot_now() + retry_read_after;
    }
    if (!next) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::max<uplink::Time>(*next - boot_now(), 1ms));
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            spool_unreadable_ = false;
            pump();
        }
    });
}

} // namespace holdfast::edge
