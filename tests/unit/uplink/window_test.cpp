// How many batches may be on their way, against simulated links.

#include "edge/uplink/window.hpp"
#include "support/catch.hpp"

#include <deque>

using namespace holdfast::uplink;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t most = 64;

/// A link that takes batches one after the other and is always kept full.
class Link {
public:
    Link(Time delay, Time each)
        : delay_(delay)
        , each_(each) {}

    void become(Time delay) { delay_ = delay; }

    /// Keeps the window full for so long; answers how many receipts came.
    int run(Window& window, Time length) {
        const auto end = now_ + length;
        int receipts = 0;
        while (now_ < end) {
            while (flying_.size() < window.size()) {
                free_ = std::max(free_, now_) + each_;
                flying_.push_back({now_, free_ + delay_});
            }
            const auto [sent, back] = flying_.front();
            flying_.pop_front();
            now_ = std::max(now_, back);
            window.receipt(now_ - sent, true, now_);
            REQUIRE(window.size() <= most);
            ++receipts;
        }
        return receipts;
    }

private:
    struct Flight {
        Time sent;
        Time back;
    };

    Time delay_;
    Time each_;
    Time now_{0};
    Time free_{0}; ///< when the link can take the next
    std::deque<Flight> flying_;
};

} // namespace

TEST_CASE("the window grows to its limit over a long way that moves all of it") {
    const auto delay = GENERATE(Time(1ms), Time(100ms), Time(1400ms));
    Window window(most);
    Link link(delay, 10us);
    link.run(window, 30s);
    CHECK(window.size() == most);
}

TEST_CASE("a way that becomes much longer gets its full window back within a minute") {
    Window window(most);
    Link link(5ms, 10us);
    link.run(window, 60s);
    link.become(1400ms);
    link.run(window, 60s);
    CHECK(window.size() == most);
}

TEST_CASE("a slow link is kept busy without a long queue in front of it") {
    Window window(most);
    Link link(100ms, 50ms);
    link.run(window, 5s);
    // 20 a second is all that it can do.
    CHECK(link.run(window, 60s) >= 1150);
    CHECK(window.size() < most / 2);
}
