// The bike lock: a distance through an ADC, a movement through an accelerometer, an alarm that must
// not wait for the cloud.

#include "core/atomic_file.hpp"
#include "core/clock.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

/// A folder in which an ADS1115 looks as the kernel shows it.
class Adc {
public:
    Adc() {
        put("name", "ads1015");
        put("in_voltage0_scale", "1");
        millivolts(300);
    }
    void millivolts(int value) const { put("in_voltage0_raw", fmt::format("{}", value)); }
    std::string sysfs() const { return root_.path().string(); }

private:
    void put(const std::string& name, const std::string& value) const {
        const auto folder = root_.path() / "bus/iio/devices/iio:device0";
        std::filesystem::create_directories(folder);
        write_file(folder / name, value + "\n", FileMode::public_);
    }

    TempFolder root_;
};

const std::string lock = "group/SW72AZ/1/1";

std::string sections(const Adc& adc) {
    return fmt::format(R"(
[sensor tide]
driver = sim
every = 1s

# 6.4 mV an inch; the driver gives volts.
[sensor distance]
driver = iio
device = ads1015
channel = voltage0
sysfs = {}
every = 50ms
scale = 396.875
unit = cm
topic = {}/telemetry

[alarm in]
when = distance < 50
hysteresis = 5
topic = {}/in

[alarm stolen]
when = change(distance, 30min) > 60
topic = {}/stolen
)",
                       adc.sysfs(), lock, lock, lock);
}

nlohmann::json last(Listener& listener, const std::string& topic) {
    return nlohmann::json::parse(listener.last(topic).value_or("{}"));
}

bool comes(Listener& listener, const std::string& topic, const std::string& state,
           std::size_t from = 0) {
    return listener.wait_for(
        [&](const mqtt::Delivery& delivery) {
            return delivery.topic == topic &&
                   nlohmann::json::parse(delivery.payload).value("state", "") == state;
        },
        from);
}

} // namespace

TEST_CASE("an object that comes near is in and its removal with the cloud away is stolen") {
    const Adc adc;
    Appliance appliance({.sections = sections(adc)});
    appliance.start();
    auto& cloud = appliance.at_cloud();
    REQUIRE(cloud.wait_for([](const mqtt::Delivery& delivery) {
        return delivery.topic == Appliance::site + "/" + lock + "/telemetry";
    }));
    const auto pack = last(cloud, Appliance::site + "/" + lock + "/telemetry");
    CHECK(pack.at(0).at("v").get<double>() == Approx(300 / 6.4 * 2.54));
    adc.millivolts(100);
    CHECK(comes(cloud, Appliance::site + "/" + lock + "/in", "raised"));

    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    const auto outage_began =
        std::chrono::duration<double>(wall_now() - std::chrono::seconds(1)).count();
    adc.millivolts(600);
    REQUIRE(appliance.wait_for_status(
        [](const nlohmann::json& status) { return status["alarms"] == nlohmann::json{"stolen"}; }));
    const auto outage_ended =
        std::chrono::duration<double>(wall_now() + std::chrono::seconds(1)).count();
    REQUIRE(appliance.wait_for_backlog(50));
    const auto from = cloud.count();
    appliance.network().pass();
    REQUIRE(comes(cloud, Appliance::site + "/" + lock + "/stolen", "raised", from));
    const auto stolen = last(cloud, Appliance::site + "/" + lock + "/stolen");
    CHECK(stolen.at("time").get<double>() > outage_began);
    CHECK(stolen.at("time").get<double>() < outage_ended);
    CHECK(stolen.at("series") == "distance");
    CHECK(comes(cloud, Appliance::site + "/" + lock + "/in", "cleared", from));
    appliance.daemon().stop();
}
