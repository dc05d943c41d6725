#pragma once

#include "edge/uplink/batch.hpp"
#include "edge/uplink/lane.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace holdfast::uplink {

/// Batches that are packed and wait to be handed over, by lane.
class Ready {
public:
    using Queue = std::deque<Batch>;

    void push_back(Lane lane, Batch batch) { queue(lane).push_back(std::move(batch)); }
    void push_front(Lane lane, Batch batch) { queue(lane).push_front(std::move(batch)); }
    /// Whether the lane has enough to hand over; behind what has to wait there is to be something
    /// that need not.
    bool enough(Lane lane) const {
        return queue(lane).size() >= (starved_[index(lane)] ? most_scanned : enough_batches);
    }
    bool waits(Lane lane) const { return !queue(lane).empty(); }
    bool empty() const {
        return std::all_of(queues_.begin(), queues_.end(), [](const auto& q) { return q.empty(); });
    }

    void each(const std::function<void(const Batch&)>& visit) const {
        for (const auto& queue : queues_) {
            std::for_each(queue.begin(), queue.end(), visit);
        }
    }
    /// Whether any of those that may be handed over next is like that.
    template <typename Is>
    bool any(Is is) const {
        return std::any_of(queues_.begin(), queues_.end(), [&](const auto& q) {
            return std::any_of(q.begin(), q.begin() + scanned(q), is);
        });
    }
    /// Takes out every batch on that topic, in order.
    std::vector<Batch> take(std::string_view topic);
    /// Takes out the batch with that content if it is unique.
    std::optional<Batch> take(std::string_view topic, std::string_view payload);

    /// Hands over what may go, the lanes in their order with a share for the backlog: `may_go`
    /// answers whether a batch may, `room` whether the lane may send it now; `send` sends it. What
    /// may not go makes the rest of its topic in its lane wait, so that a topic keeps its order.
    void hand_over(const std::function<bool(const Batch&)>& may_go,
                   const std::function<bool(const Batch&, Lane)>& room,
                   const std::function<void(Batch, Lane)>& send);

private:
    /// Where one lane's search stands within one hand_over().
    struct Search {
        std::size_t place = 0;
        std::unordered_set<std::string> waiting = {};
        bool over = false;
    };

    Queue& queue(Lane lane) { return queues_[index(lane)]; }
    const Queue& queue(Lane lane) const { return queues_[index(lane)]; }
    bool find(Lane lane, Search& search, const std::function<bool(const Batch&)>& may_go) const;
    static std::ptrdiff_t scanned(const Queue& queue) {
        return static_cast<std::ptrdiff_t>(std::min(queue.size(), most_scanned));
    }

    /// So many batches may wait while the window is full.
    static constexpr std::size_t enough_batches = 16;
    /// So far it is looked for what may go behind what has to wait.
    static constexpr std::size_t most_scanned = 256;

    std::array<Queue, lanes.size()> queues_;
    std::array<bool, lanes.size()> starved_{}; ///< all that is there has to wait
    unsigned others_in_a_row_ = 0;
};

} // namespace holdfast::uplink
