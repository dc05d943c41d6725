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
/// - a batch that was tried in vain while others wait for it is set aside, and the next one tried:
/// if
///   that gets through, only those set aside are refused, and wait long for another try
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
    std::optional<RangeSet> cleared(const std::string& topic, Time now);
    /// How many rows on the topic are refused though others got through.
    std::uint64_t refused(const std::string& topic) const;
    /// Refused rows that are to be tried again now.
    RangeSet take_refused(Time now);

    /// A batch of a held topic: the oldest is kept for the next try, of others only the rows. When
    /// it is set aside, the rows that are to be read for the next try.
    RangeSet keep(Batch batch);
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
    static constexpr std::string_view refused_reason =
        "the cloud does not take some messages though it takes others on the same topic: it drops "
        "or denies them for what they hold; they are tried again now and then";
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
        Seq trying = 0;     ///< the first row of the batch that was tried last...
        unsigned tries = 0; ///< ...in vain, so often since the topic is held
        RangeSet aside = {};
        unsigned batches_aside = 0;
    };
    /// What did not get through though others on the topic did.
    struct Refused {
        RangeSet rows = {};
        Time retry_at{0};
        Time pause{0};
    };

    bool again(Trouble& trouble, unsigned times, Time now) const;

    Time first_pause_;
    std::map<std::string, Trouble, std::less<>> topics_;
    std::map<std::string, Refused, std::less<>> refused_;
};

} // namespace holdfast::uplink
