// A machine without a clock battery: what the cloud gets before and after its clock is known.

#include "core/clock.hpp"
#include "edge/spool/history.hpp"
#include "edge/uplink/unpack.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/wall_clock.hpp"

#include <cmath>
#include <set>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr long long ten_years = 315'360'000;
constexpr double a_while = 1000; ///< far more than a test takes, far less than the years

const std::string tide = Appliance::site + "/sensors/tide";
const std::string corrections = Appliance::site + "/clock";

/// An appliance whose daemon has a wall clock that the test sets.
struct Unset {
    WallClock clock{std::chrono::seconds(-ten_years), false};
    Appliance appliance;

    explicit Unset(const std::string& uplink)
        : appliance({.uplink = uplink, .daemon_environment = clock.environment()}) {}

    void set(long long seconds_off, bool synchronised) const {
        clock.set(std::chrono::seconds(seconds_off), synchronised);
    }
};

json record(const mqtt::Delivery& delivery) {
    return json::parse(delivery.payload).at(0);
}

/// What came on the topic for which this holds, or comes.
json await(Listener& listener, const std::string& topic, const std::function<bool(const json&)>& is,
           std::size_t from = 0) {
    json found;
    REQUIRE(listener.wait_for(
        [&](const mqtt::Delivery& delivery) {
            if (delivery.topic != topic) {
                return false;
            }
            auto body = json::parse(delivery.payload);
            found = body.is_array() ? body.at(0) : body;
            return is(found);
        },
        from));
    return found;
}

double now() {
    return std::chrono::duration<double>(wall_now()).count();
}

} // namespace

TEST_CASE("a reading goes up with its doubt and the cloud is told the truth when it is known") {
    Unset site("");
    site.appliance.start();
    auto& cloud = site.appliance.at_cloud();
    const auto guessed =
        await(cloud, tide, [](const json& one) { return one.value("clock", "") == "unset"; });
    CHECK(std::abs(guessed["bt"].get<double>() + ten_years - now()) < a_while);

    site.set(0, true);
    const auto truth = await(cloud, corrections, [](const json&) { return true; });
    CHECK(truth["boot"] == guessed["boot"]);
    CHECK(truth["epoch"] == guessed["epoch"]);
    CHECK_FALSE(truth.contains("clock"));
    const auto corrected = truth["zero"].get<double>() + guessed["uptime"].get<double>();
    CHECK(std::abs(corrected - guessed["bt"].get<double>() - ten_years) < 1);

    // Set wrong by hand while the network is away: what is known is not given up for it.
    const auto from = cloud.count();
    site.set(ten_years, false);
    REQUIRE(site.appliance.wait_for_status(
        [](const json& status) { return status.value("clock_synchronised", true) == false; }));
    const auto later = await(
        cloud, tide, [](const json& one) { return !one.contains("clock"); }, from);
    CHECK(std::abs(later["bt"].get<double>() - now()) < a_while);

    const auto result = site.appliance.settle();
    CHECK(result.sent > 5);
    CHECK(result.lost == 0);
    // Nor is history too old by that clock.
    std::set<std::uint64_t> sent;
    for (const auto& message : cloud.messages()) {
        if (message.topic == tide) {
            const auto read_back = uplink::unpack(message.payload).value();
            for (const auto& reading : read_back) {
                sent.insert(reading.seq);
            }
        }
    }
    std::size_t kept = 0;
    spool::History(site.appliance.spool()).read({"tide", {}, {}}, [&](const auto&, const auto&) {
        ++kept;
        return true;
    });
    CHECK(kept >= sent.size());
}

TEST_CASE("with unset_clock wait nothing goes up before the clock is known and all of it then") {
    Unset site("unset_clock = wait\n");
    auto& appliance = site.appliance;
    appliance.start_cloud();
    appliance.start_broker();
    appliance.start_daemon();
    REQUIRE(appliance.wait_for_link(true));
    REQUIRE(appliance.wait_for_status([](const json& status) {
        return status.contains("uplink") && status["uplink"]["waits_for_clock"] == true &&
               status["uplink"]["pending"] > 10;
    }));
    CHECK(appliance.on_site().wait_for(on("sensors/tide"))); // local life goes on
    CHECK_FALSE(appliance.at_cloud().last(tide));
    CHECK_FALSE(appliance.at_cloud().last(Appliance::site + "/sensors/wind"));

    site.set(0, true);
    const auto first = await(appliance.at_cloud(), tide, [](const json&) { return true; });
    CHECK_FALSE(first.contains("clock"));
    CHECK(std::abs(first["bt"].get<double>() - now()) < a_while);
    await(appliance.at_cloud(), corrections, [](const json&) { return true; });
    const auto result = appliance.settle();
    CHECK(result.lost == 0);
    for (const auto& message : appliance.at_cloud().messages()) {
        CHECK((message.topic != tide || !record(message).contains("clock")));
    }
}

TEST_CASE("a clock that begins in 1970 keeps nobody from the local broker and is named") {
    Unset site("");
    site.set(-static_cast<long long>(now()), false);
    site.appliance.start_broker();
    site.appliance.start_daemon();
    auto& on_site = site.appliance.on_site();
    CHECK(on_site.wait_for([](const auto& delivery) { return delivery.topic == "sensors/tide"; }));
    CHECK(on_site.wait_for([](const auto& delivery) {
        return delivery.topic == "holdfast/alert/certificates" &&
               delivery.payload.find("the clock says 1970-01-01") != std::string::npos;
    }));
}
