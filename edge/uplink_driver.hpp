#pragma once

#include "config/settings.hpp"
#include "core/log.hpp"
#include "edge/mqtt/client.hpp"
#include "edge/network_watch.hpp"
#include "edge/storage.hpp"
#include "edge/uplink/flow.hpp"

#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::edge {

/// The thin shell around uplink::Flow: reads the spool, publishes, passes receipts on to the spool.
class UplinkDriver {
public:
    /// `folder` is where holdfast.conf and what was rendered from it are.
    UplinkDriver(boost::asio::io_context& loop, Storage& storage, mqtt::Client& client,
                 const config::Settings& settings, const std::filesystem::path& folder,
                 const spool::Spool& spool, Log log);

    /// Subscribes to receipts and to the link's state; call before the client starts.
    void subscribe();
    void connected();
    void disconnected();
    /// Whether the message was ours: a receipt or the link's state.
    bool message(const mqtt::Delivery& delivery);
    /// The clock of this boot is known: what waited for it may go.
    void clock_known();
    bool waits_for_clock() const noexcept { return waits_for_clock_; }
    /// New rows; `urgent` are those of them that go before everything else.
    void appended(SeqRange rows, const RangeSet& urgent);
    /// The spool gave them up.
    void dropped(const RangeSet& rows);
    /// What the spool must neither thin nor drop.
    RangeSet claimed() const { return flow_.claimed(); }

    /// What a person has to know, on `<site>/alerts` when there is a link.
    void tell_cloud(const std::string& text);

    uplink::Flow::Stats stats() const;
    /// What goes up and the rendered bridge brings no echo of: it waits for a render and a restart
    /// of the broker.
    const std::vector<std::string>& missing_routes() const noexcept { return missing_routes_; }
    /// Looks for them anew, after a change of the settings.
    void check_routes(const config::Settings& settings);

private:
    struct Packed {
        uplink::Want want;
        std::vector<uplink::Batch> batches;
    };

    void tell_missing_routes();
    void pump();
    void tell_stall();
    void network_is_back();
    void kick_bridge();
    void tell(const uplink::Flow::Event& event);
    void alert(const std::string& text);
    void send_alerts();
    void read(const uplink::Want& want);
    void receipt(const mqtt::Delivery& delivery);
    void prove(RangeSet rows);
    /// `now` is the time that the flow was last asked with what is due.
    void sleep(uplink::Time now);

    Storage& storage_;
    mqtt::Client& client_;
    Log log_;
    std::string site_;
    std::string epoch_;
    std::string link_topic_;
    std::size_t best_bytes_;
    uplink::Flow flow_;
    NetworkWatch network_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer save_timer_;
    std::filesystem::path folder_;
    std::vector<std::string> missing_routes_;
    std::vector<std::string> alerts_for_cloud_; ///< until there is a link
    std::uint64_t hints_ = 0;
    bool bridge_is_up_ = false;
    bool waits_for_clock_; ///< and looks to the flow like a link that is down
    bool unsaved_receipts_ = false;
    bool spool_unreadable_ = false;
};

} // namespace holdfast::edge
