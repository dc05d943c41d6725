#include "plugin/quotas.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

unsigned admitted(Quotas& quotas, const Limits::Publish& limit, BootTime now, unsigned tries) {
    unsigned count = 0;
    for (; tries > 0; --tries) {
        count += quotas.admit_message("alice", limit, now) ? 1U : 0U;
    }
    return count;
}

} // namespace

TEST_CASE("a burst goes through and then as many as the rate allows") {
    Quotas quotas;
    const auto limit = *Limits::parse("publish 10/s burst 50", 1).publish;
    CHECK(admitted(quotas, limit, 100s, 1000) == 50);
    CHECK(admitted(quotas, limit, 100s + 100ms, 10) == 1);
    CHECK(admitted(quotas, limit, 101s, 1000) == 9);
    CHECK(admitted(quotas, limit, 1000s, 1000) == 50);
}

TEST_CASE("in the long run no more than the rate goes through") {
    Quotas quotas;
    const auto limit = *Limits::parse("publish 7/min burst 3", 1).publish;
    unsigned count = 0;
    for (auto now = BootTime(0); now < 1h; now += 250ms) {
        count += admitted(quotas, limit, now, 1);
    }
    CHECK(count >= 420);
    CHECK(count <= 423);
}

TEST_CASE("users do not use up what others have") {
    Quotas quotas;
    const auto limit = *Limits::parse("publish 1/h", 1).publish;
    CHECK(quotas.admit_message("alice", limit, 1s));
    CHECK_FALSE(quotas.admit_message("alice", limit, 1s));
    CHECK(quotas.admit_message("bob", limit, 1s));
    quotas.forget_messages();
    CHECK(quotas.admit_message("alice", limit, 1s));
}

TEST_CASE("subscriptions count once each and until they are given up") {
    Quotas quotas;
    CHECK(quotas.admit_subscription("c1", "a", 2));
    CHECK(quotas.admit_subscription("c1", "b", 2));
    CHECK(quotas.admit_subscription("c1", "a", 2));
    CHECK_FALSE(quotas.admit_subscription("c1", "c", 2));
    CHECK(quotas.admit_subscription("c2", "c", 2));
    quotas.unsubscribed("c1", "a");
    CHECK(quotas.admit_subscription("c1", "c", 2));
    quotas.forget("c1");
    CHECK(quotas.admit_subscription("c1", "d", 1));
    CHECK_FALSE(quotas.admit_subscription("c1", "e", 0));
}

TEST_CASE("the subscriptions of many clients take bounded memory") {
    Quotas quotas;
    for (std::size_t i = 0; i <= Quotas::most_clients; ++i) {
        CHECK(quotas.admit_subscription(std::to_string(i), "a", 1));
    }
    CHECK(quotas.clients() == Quotas::most_clients);
}
