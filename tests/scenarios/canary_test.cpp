// The Canary: air quality from I2C sensors, its sampling period set by a web application.

#include "core/atomic_file.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

/// A folder in which a CCS811 and a Si7021 look as the kernel shows them.
class Sysfs {
public:
    Sysfs() {
        put(0, "name", "ccs811");
        co2(0.06);
        put(1, "name", "si7020");
        put(1, "in_temp_input", "21500");
    }
    /// In percent, as the kernel has it.
    void co2(double percent) const {
        put(0, "in_concentration_co2_input", fmt::format("{}", percent));
    }
    std::string path() const { return root_.path().string(); }

private:
    void put(int device, const std::string& name, const std::string& value) const {
        const auto folder = root_.path() / fmt::format("bus/iio/devices/iio:device{}", device);
        std::filesystem::create_directories(folder);
        write_file(folder / name, value + "\n", FileMode::public_);
    }

    TempFolder root_;
};

std::string sections(const Sysfs& sysfs) {
    return fmt::format(R"(
[sensor tide]
driver = sim
every = 1s

[sensor CO2]
driver = iio
device = ccs811
channel = concentration_co2
sysfs = {0}
every = 100ms

[sensor temperature]
driver = iio
device = si7020
channel = temp
sysfs = {0}
every = 1s

[instruction sampling]
sensors = temperature
least = 100ms
greatest = 1h

[template canary]
topic = canary/data
text = {{"id":1,"data":{{"CO2":${{CO2}},"Temperature":${{temperature}}}},"danger":${{raised(amber, red)}}}}
after = CO2

[alarm amber]
when = CO2 > 1000

[alarm red]
when = mean(CO2, 20) > 1000
)",
                       sysfs.path());
}

bool refused(Appliance& appliance, const std::string& order) {
    const auto from = appliance.on_site().count();
    appliance.publish("instructions/sampling", {order});
    return appliance.on_site().wait_for(
        [](const mqtt::Delivery& delivery) {
            return delivery.topic == "instructions/sampling/ack" &&
                   delivery.payload.rfind(R"({"old":10,"refused":)", 0) == 0;
        },
        from);
}

} // namespace

TEST_CASE("a sampling period is set and answered and outlives a restart without the cloud") {
    const Sysfs sysfs;
    Appliance appliance({.sections = sections(sysfs)});
    appliance.start();
    auto& site = appliance.on_site();
    REQUIRE(site.wait_for(is("sensors/temperature", "21.5")));
    appliance.publish("instructions/sampling", {"10"});
    CHECK(site.wait_for(is("instructions/sampling/ack", R"({"old":1,"new":10})")));
    for (const std::string order : {"fast", "0", "-1", "1e9"}) {
        CAPTURE(order);
        CHECK(refused(appliance, order));
    }
    appliance.network().cut();
    appliance.daemon().stop();
    const auto from = appliance.daemon().log().size();
    appliance.start_daemon();
    CHECK(appliance.daemon().wait_for_log("sensor=temperature period_ms=10000", from));
    REQUIRE(appliance.wait_for_status(
        [](const nlohmann::json& status) { return status.value("online", false); }));

    const auto before = site.count();
    appliance.publish("instructions/sampling", {R"({"interval":0.1})"});
    CHECK(site.wait_for(is("instructions/sampling/ack", R"({"old":10,"new":0.1})"), before));
    CHECK(site.wait_for(is("sensors/temperature", "21.5"), before));
    appliance.daemon().stop();
}

TEST_CASE("a limit that is crossed offline is an alarm at once and a bad mean a worse one") {
    const Sysfs sysfs;
    Appliance appliance({.sections = sections(sysfs)});
    appliance.start();
    auto& site = appliance.on_site();
    appliance.network().cut();
    REQUIRE(site.wait_for(is("sensors/CO2", "600")));
    const auto message = [](int co2, int danger) {
        return fmt::format(R"({{"id":1,"data":{{"CO2":{},"Temperature":21.5}},"danger":{}}})", co2,
                           danger);
    };
    sysfs.co2(0.5);
    const auto state = [&](const std::string& alarm) {
        const auto payload = site.last("alarms/" + alarm).value_or("{}");
        return nlohmann::json::parse(payload).value("state", "");
    };
    REQUIRE(site.wait_for(
        [](const mqtt::Delivery& delivery) { return delivery.topic == "alarms/amber"; }));
    CHECK(state("amber") == "raised");
    REQUIRE(site.wait_for(
        [](const mqtt::Delivery& delivery) { return delivery.topic == "alarms/red"; }));
    CHECK(state("red") == "raised");
    appliance.network().pass();
    auto& cloud = appliance.at_cloud();
    const auto topic = Appliance::site + "/canary/data";
    CHECK(cloud.wait_for(is(topic, message(5000, 1)), 0, 60s));
    CHECK(cloud.wait_for(is(topic, message(5000, 2)), 0, 60s));
    CHECK(cloud.wait_for(is(topic, message(600, 0)), 0, 60s));
    sysfs.co2(0.06);
    CHECK(site.wait_for([&](const mqtt::Delivery& delivery) {
        return delivery.topic == "alarms/amber" &&
               delivery.payload.find("cleared") != std::string::npos;
    }));
    CHECK(appliance.wait_for_status(
        [](const nlohmann::json& status) { return status["alarms"].empty(); }));
    appliance.daemon().stop();
}
