#pragma once

#include "config/settings.hpp"
#include "core/log.hpp"
#include "edge/mqtt/client.hpp"
#include "edge/storage.hpp"
#include "edge/uplink/flow.hpp"

#include <boost/asio/steady_timer.hpp>

#include <string>
#include <string_view>

namespace holdfast::edge {

/// The thin shell around uplink::Flow: reads the spool, publishes, passes receipts on to the spool.
class UplinkDriver {
public:
    UplinkDriver(boost::asio::io_context& loop, Storage& storage, mqtt::Client& client,
                 const config::Settings& settings, const spool::Spool& spool, Log log);

    /// Subscribes to receipts and to the link's state; call before the client starts.
    void subscribe();
    void connected();
    void disconnected();
    /// Whether the message was ours: a receipt or the link's state.
    bool message(const mqtt::Delivery& delivery);
    void appended(SeqRange rows, const RangeSet& urgent = {});
    /// The spool gave them up.
    void dropped(const RangeSet& rows);
    /// What the spool must neither thin nor drop.
    RangeSet claimed() const { return flow_.claimed(); }

    uplink::Flow::Stats stats() const { return flow_.stats(); }

private:
    struct Packed {
        uplink::Flow::Want want;
        std::vector<uplink::Batch> batches;
    };

    void pump();
    void kick_bridge();
    void read(const uplink::Flow::Want& want);
    void receipt(const mqtt::Delivery& delivery);
    void prove(RangeSet rows);
    void sleep();

    Storage& storage_;
    mqtt::Client& client_;
    Log log_;
    std::string site_;
    std::string epoch_;
    std::string link_topic_;
    std::size_t best_bytes_;
    uplink::Flow flow_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer save_timer_;
    bool unsaved_receipts_ = false;
    bool spool_unreadable_ = false;
};

} // namespace holdfast::edge
