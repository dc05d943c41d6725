// A stand-in of AWS IoT Core: it throws away what comes too fast, without a PUBACK, and ends the
// connection for what is too large, too deep or denied.

#include "fault_table.hpp"
#include "phase.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using Fate = IotCoreRules::Fate;

std::string text(const std::string& string) {
    return std::string{static_cast<char>(string.size() >> 8U),
                       static_cast<char>(string.size() & 0xFFU)} +
           string;
}

/// A packet as PacketStream finds it in a stream.
std::string packet(unsigned char first, const std::string& body) {
    std::string head(1, static_cast<char>(first));
    for (auto rest = body.size();; rest >>= 7U) {
        const bool more = rest >= 0x80;
        head += static_cast<char>((rest & 0x7FU) | (more ? 0x80U : 0U));
        if (!more) {
            break;
        }
    }
    PacketStream stream;
    stream.add(head);
    CHECK(stream.next().empty());
    stream.add(body + "the next");
    return stream.next();
}

std::string connect(const std::string& id, char keepalive, const std::string& will = "") {
    const bool has_will = !will.empty();
    return packet(0x10, text("MQTT") + '\4' + (has_will ? '\4' : '\0') + '\0' + keepalive +
                            text(id) + (has_will ? text(will) + text("0") : ""));
}

std::string publish(const std::string& topic, std::size_t payload, unsigned qos = 1) {
    return packet(static_cast<unsigned char>(0x30U | qos << 1U),
                  text(topic) + (qos > 0 ? "id" : "") + std::string(payload, 'x'));
}

std::string subscribe(int filters) {
    std::string body = "id";
    for (int i = 0; i < filters; ++i) {
        body += text("garden/" + std::to_string(i)) + '\1';
    }
    return packet(0x82, body);
}

void took_everything(const IotCoreStandIn& cloud) {
    const auto complaints = cloud.complaints();
    INFO(fmt::format("{}", fmt::join(complaints, ", ")));
    CHECK(complaints.empty());
}

} // namespace

TEST_CASE("the stand-in ends a connection for what AWS IoT Core ends it for") {
    Connects connects;
    const IotCoreRules::Time now{};
    const auto fate = [&](const std::string& what) {
        IotCoreRules rules({}, "garden", connects);
        return rules.from_client(what, now + 1h).fate;
    };
    CHECK(fate(connect("c1", 60)) == Fate::passes);
    CHECK(fate(connect("c1", 60)) == Fate::ends); // within a second
    CHECK(fate(connect(std::string(128, 'c'), 60)) == Fate::passes);
    CHECK(fate(connect(std::string(129, 'c'), 60)) == Fate::ends);
    CHECK(fate(connect("c2", 29)) == Fate::ends);
    CHECK(fate(connect("c3", 30, "garden/link")) == Fate::passes);
    CHECK(fate(connect("c4", 30, "$SYS/broker/connection/x/state")) == Fate::ends);
    CHECK(fate(publish("garden/a/b/c/d/e/f/g", 128 * 1024)) == Fate::passes);
    CHECK(fate(publish("garden/a", 128 * 1024 + 1)) == Fate::ends);
    CHECK(fate(publish("garden/a/b/c/d/e/f/g/h", 1)) == Fate::ends);
    CHECK(fate(publish("garden/" + std::string(249, 't'), 1)) == Fate::passes);
    CHECK(fate(publish("garden/" + std::string(250, 't'), 1)) == Fate::ends);
    CHECK(fate(publish("other/a", 1)) == Fate::ends);
    CHECK(fate(publish("garden/a", 1, 2)) == Fate::discarded);
    CHECK(fate(subscribe(8)) == Fate::passes);
    CHECK(fate(subscribe(9)) == Fate::ends);
    IotCoreRules rules({}, "garden", connects);
    for (int i = 0; i < 50; ++i) {
        CHECK(rules.from_client(subscribe(1), now).fate == Fate::passes);
    }
    CHECK(rules.from_client(subscribe(1), now).fate == Fate::ends);
}

TEST_CASE("the stand-in throws away what is above a hundred a second or without PUBACK") {
    Connects connects;
    IotCoreRules rules({}, "garden", connects);
    IotCoreRules::Time now{};
    const auto up = publish("garden/a", 1);
    const auto down = publish("garden/b", 1);
    for (int i = 0; i < 100; ++i) {
        REQUIRE(rules.from_client(up, now).fate == Fate::passes);
        REQUIRE(rules.from_cloud(down, now).fate == Fate::passes);
    }
    CHECK(rules.from_client(publish("garden/a", 1, 0), now).reason == "more publishes in a second");
    CHECK(rules.from_cloud(down, now).fate == Fate::discarded);
    now += 1s;
    CHECK(rules.from_client(up, now).reason == "more publishes without PUBACK");
    CHECK(rules.from_client(publish("garden/a", 1, 0), now).fate == Fate::passes);
    const auto puback = packet(0x40, "id");
    CHECK(rules.from_cloud(puback, now).fate == Fate::passes);
    CHECK(rules.from_client(up, now).fate == Fate::passes);
    CHECK(rules.from_cloud(down, now).fate == Fate::discarded);
    CHECK(rules.from_client(puback, now).fate == Fate::passes);
    CHECK(rules.from_cloud(down, now).fate == Fate::passes);
}

TEST_CASE("within the limits of AWS IoT Core nothing is thrown away after an outage") {
    Appliance appliance({.cloud_limits = IotCoreLimits{}});
    drain(appliance, 200);
    const FaultLine line("IoT Core: link cut");
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    took_everything(appliance.iot_core());
}

// Hidden: for ./test long, which names the tag.
TEST_CASE("within the limits of AWS IoT Core nothing is thrown away when connections break",
          "[long][.]") {
    Appliance appliance({.cloud_limits = IotCoreLimits{}});
    drain(appliance, 300);
    const FaultLine line("IoT Core: connection broken five times while draining");
    for (int i = 0; i < 5; ++i) {
        const auto before = appliance.iot_core().connections();
        appliance.network().reset_connections();
        REQUIRE(eventually([&] { return appliance.iot_core().connections() > before; }, 40s));
    }
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    took_everything(appliance.iot_core());
}

TEST_CASE("within the limits of AWS IoT Core nothing is thrown away when programs are killed") {
    Appliance appliance({.cloud_limits = IotCoreLimits{}});
    drain(appliance, 300);
    REQUIRE(eventually([&] { return appliance.published_at_cloud() > 20; }, 40s));
    appliance.daemon().kill();
    appliance.broker().kill();
    const FaultLine line("IoT Core: kill -9 of daemon and local broker, while draining");
    appliance.start_broker();
    appliance.start_daemon();
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    took_everything(appliance.iot_core());
}
