#pragma once

#include "edge/uplink/in_flight.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::uplink {

/// Topics whose messages do not come back though what is handed over behind them does, or at whose
/// messages the link goes each time: the cloud's access rules deny them, or the cloud drops or
/// changes them. (AWS IoT Core and Mosquitto 2.0.11 end the connection for what they deny.)
///
/// - a topic that lost a batch, or whose batch was the oldest without a receipt when the link went,
///   is suspected: it sends one batch at a time
/// - after three such losses in a row, or three such ends, it is held: it takes no place in the
/// window any more, and one
///   batch of it is tried with growing pauses, and at once with each new link
/// - the first receipt clears it
class Refusals {
public:
    struct Held {
        std::string topic;
        std::uint64_t rows; ///< that wait for it
        std::string reason;
    };

    /// `pause` is the first time between two tries.
    explicit Refusals(Time pause)
        : first_pause_(pause) {}

    bool suspected(const std::string& topic) const { return topics_.contains(topic); }
    bool held(const std::string& topic) const;

    /// The batch `id` of that topic is lost; `next` will be the next id. Answers whether the topic
    /// is held from now on.
    bool lost(const std::string& topic, Id id, Id next, Time now);
    /// The link went while a batch of that topic was the oldest without a receipt. Answers whether
    /// the topic is held from now on.
    bool cut(const std::string& topic, Time now);
    /// The topic's echo came back with another payload than was sent.
    void strange_echo(std::string_view topic);
    /// A receipt: the rows that waited for it, where it was held.
    std::optional<RangeSet> cleared(const std::string& topic);

    /// A batch of a held topic: the oldest is kept for the next try, of others only the rows.
    void keep(Batch batch);
    /// Rows that are wanted no more, other than those of the batches for the next try; answers how
    /// many of them waited.
    std::uint64_t drop(const RangeSet& rows);
    /// The batches that are kept for the next try.
    void each_probe(const std::function<void(const Batch&)>& visit) const;
    /// The batches to be tried now; each has to come back by keep() or by cleared().
    std::vector<std::string> due(Time now) const;
    const Batch& probe(const std::string& topic) const { return *topics_.at(topic).probe; }
    Batch take_probe(const std::string& topic);
    /// Whether this is the late echo of a kept batch that no other equals.
    bool expects(std::string_view topic, std::string_view payload) const;
    /// When the next try is due.
    std::optional<Time> next() const;
    void new_link(Time now);

    std::string reason(const std::string& topic) const;
    std::vector<Held> list() const;

private:
    struct Trouble {
        unsigned losses = 0;
        unsigned cuts = 0;
        Id counted = 0; ///< losses of what was handed over before this are the same loss
        bool held = false;
        bool strange = false;
        std::optional<Batch> probe = {};
        RangeSet rows = {}; ///< of other batches
        Time retry_at{0};
        Time pause{0};
    };

    bool again(Trouble& trouble, unsigned times, Time now) const;

    Time first_pause_;
    std::map<std::string, Trouble, std::less<>> topics_;
};

} // namespace holdfast::uplink
