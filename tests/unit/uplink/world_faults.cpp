// World: what can fail.

#include "world.hpp"

#include <algorithm>
#include <array>

namespace holdfast::uplink::test {

namespace {

constexpr std::array<const char*, 3> topics_there{"pack", "a", "b"};

} // namespace

void World::fault() {
    const auto which = static_cast<unsigned>(random_() % 17);
    which < 7 ? fault_of_daemon_or_broker(which) : fault_of_link_or_cloud(which);
    if (!connected_ && chance(70)) {
        connect();
    }
    if (!link_ && chance(60)) {
        link_up();
    }
}

void World::fault_of_daemon_or_broker(unsigned which) {
    switch (which) {
    case 0:
        crash_daemon();
        break;
    case 1: // kill -9 of the local broker: what it had saved last comes again
        up_ = saved_up_;
        [[fallthrough]];
    case 2: // its restart, the queue kept
        disconnect();
        link_down();
        break;
    case 3: // and its file gone
        saved_up_.lose();
        up_.lose();
        disconnect();
        link_down();
        break;
    case 4:
        saved_up_ = up_;
        saved_down_ = down_;
        break;
    case 5: // the machine slept
        now_ += std::chrono::seconds(random_() % 7200);
        break;
    default:
        connected_ ? disconnect() : connect();
    }
}

void World::fault_of_link_or_cloud(unsigned which) {
    switch (which) {
    case 7:
        link_ ? link_down() : link_up();
        break;
    case 8: // a reconnect that nobody saw going down
        if (link_) {
            link_up();
        }
        break;
    case 9: // the cloud loses its state
        down_.lose();
        saved_down_.lose();
        link_down();
        break;
    case 10: // or has an old one
        down_ = saved_down_;
        link_down();
        break;
    case 11:
        drops_ = markers_ ? 0 : 1 + random_() % 8;
        break;
    case 12: // the bridge stalls while it says that it is connected
        wedged_ = true;
        break;
    case 13:
        if (!markers_) {
            up_.swap_last();
            down_.swap_last();
        }
        break;
    case 14:
        denied_.insert(topics_there.at(random_() % topics_there.size()));
        changes_ = !markers_ && chance(30);
        cuts_ = markers_ || chance(40);
        break;
    case 15:
        refuse_one();
        break;
    default:
        denied_.clear();
    }
}

void World::refuse_one() {
    constexpr std::size_t most = 3;
    if (refused_.size() < most) {
        refused_.insert(newest_ + 1 - random_() % std::min<Seq>(newest_ + 1, 4));
        cuts_ = cuts_ || markers_;
    }
}

} // namespace holdfast::uplink::test
