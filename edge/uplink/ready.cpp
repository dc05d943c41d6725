#include "edge/uplink/ready.hpp"

namespace holdfast::uplink {

namespace {

/// After so many batches of other lanes in a row the backlog gets one.
constexpr unsigned others_before_backlog = 4;

} // namespace

std::vector<Batch> Ready::take(std::string_view topic) {
    std::vector<Batch> taken;
    for (auto& queue : queues_) {
        Queue rest;
        for (auto& batch : queue) {
            if (batch.topic == topic) {
                taken.push_back(std::move(batch));
            } else {
                rest.push_back(std::move(batch));
            }
        }
        queue = std::move(rest);
    }
    return taken;
}

std::optional<Batch> Ready::take(std::string_view topic, std::string_view payload) {
    for (auto& queue : queues_) {
        const auto found = std::find_if(queue.begin(), queue.end(), [&](const Batch& batch) {
            return batch.unique && batch.topic == topic && batch.payload == payload;
        });
        if (found != queue.end()) {
            std::optional<Batch> batch = std::move(*found);
            queue.erase(found);
            return batch;
        }
    }
    return std::nullopt;
}

bool Ready::find(Lane lane, Search& search, const std::function<bool(const Batch&)>& may_go) const {
    const auto& batches = queue(lane);
    const auto end = static_cast<std::size_t>(scanned(batches));
    for (; search.place < end; ++search.place) {
        const auto& batch = batches[search.place];
        if (!search.waiting.contains(batch.topic) && may_go(batch)) {
            return true;
        }
        search.waiting.insert(batch.topic);
    }
    return false;
}

void Ready::hand_over(const std::function<bool(const Batch&)>& may_go,
                      const std::function<bool(const Batch&, Lane)>& room,
                      const std::function<void(Batch, Lane)>& send) {
    std::array<Search, lanes.size()> searches;
    for (bool sent = true; sent;) {
        sent = false;
        auto order = lanes;
        if (others_in_a_row_ >= others_before_backlog) {
            std::rotate(order.begin(), order.end() - 1, order.end());
        }
        for (const auto lane : order) {
            auto& search = searches[index(lane)];
            if (search.over) {
                continue;
            }
            starved_[index(lane)] = !find(lane, search, may_go);
            if (starved_[index(lane)] || !room(queue(lane)[search.place], lane)) {
                search.over = true;
                continue;
            }
            const auto place = queue(lane).begin() + static_cast<std::ptrdiff_t>(search.place);
            Batch batch = std::move(*place);
            queue(lane).erase(place);
            others_in_a_row_ = lane == Lane::backlog ? 0 : others_in_a_row_ + 1;
            send(std::move(batch), lane);
            sent = true;
            break;
        }
    }
}

} // namespace holdfast::uplink
