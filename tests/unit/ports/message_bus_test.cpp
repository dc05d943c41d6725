#include "edge/ports/message_bus.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::ports;

TEST_CASE("a message reaches everybody whose filter matches") {
    MessageBus bus;
    std::vector<std::string> got;
    const auto note = [&](const std::string& who) {
        return [&got, who](const BusMessage& message) { got.push_back(who + message.payload); };
    };
    const auto one = bus.subscribe(TopicFilter("a/+"), note("one:"));
    const auto two = bus.subscribe(TopicFilter("a/b"), note("two:"));
    CHECK(bus.deliver({"a/b", "x", false}));
    CHECK(bus.deliver({"a/c", "y", false}));
    CHECK_FALSE(bus.deliver({"c", "z", false}));
    CHECK(got == std::vector<std::string>{"one:x", "two:x", "one:y"});
}

TEST_CASE("a filter is wanted once and given up when the last has gone") {
    MessageBus bus;
    std::vector<std::string> told;
    auto early = bus.subscribe(TopicFilter("a"), {});
    bus.watch({.wanted = [&](const auto& filter) { told.push_back("+" + filter); },
               .unwanted = [&](const auto& filter) { told.push_back("-" + filter); }});
    {
        const auto second = bus.subscribe(TopicFilter("a"), {});
        const auto other = bus.subscribe(TopicFilter("b"), {});
        early = {};
        CHECK(told == std::vector<std::string>{"+a", "+b"});
    }
    CHECK(told == std::vector<std::string>{"+a", "+b", "-b", "-a"});
}

TEST_CASE("a subscription may outlive its bus") {
    MessageBus::Subscription left;
    {
        MessageBus bus;
        left = bus.subscribe(TopicFilter("a"), {});
    }
    left = {};
    SUCCEED("nothing was touched that is gone");
}
