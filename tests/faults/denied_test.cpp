// A cloud that does not take everything, a bridge that does not know everything, and a backlog
// that is no obstacle to the newest values.

#include "core/atomic_file.hpp"
#include "core/topics.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"

#include <fmt/format.h>

#include <csignal>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// The cloud broker's rules with one topic of the site denied, or as they were.
class CloudRules {
public:
    explicit CloudRules(Appliance& appliance)
        : appliance_(appliance)
        , file_(appliance.folder().parent_path() / "cloud/acl")
        , usual_(read_file(file_)) {}

    void deny(const std::string& topic) {
        set(fmt::format("{}\nuser {}\ntopic deny {}/{}\n", usual_, Appliance::site, Appliance::site,
                        topic));
    }
    void allow() { set(usual_); }

private:
    void set(const std::string& text) {
        write_file(file_, text, FileMode::public_);
        const auto from = appliance_.cloud().log().size();
        appliance_.cloud().signal(SIGHUP);
        REQUIRE(appliance_.cloud().wait_for_log("Reloading config", from));
    }

    Appliance& appliance_;
    std::filesystem::path file_;
    std::string usual_;
};

bool holds(const json& status, const std::string& topic) {
    const auto held = status["uplink"].value("held", json::array());
    return held.size() == 1 && held[0]["topic"] == topic;
}

void is_held_alone_and_arrives(const std::string& denied, const std::string& other) {
    Appliance appliance;
    appliance.start();
    CloudRules rules(appliance);
    rules.deny(denied);
    const auto place = Appliance::site + "/" + denied;
    const bool named =
        appliance.on_site().wait_for(says("holdfast/alert/uplink", place + " does not get"));
    INFO(appliance.status().dump());
    REQUIRE(named);
    REQUIRE(appliance.at_cloud().wait_for(says(Appliance::site + "/alerts", place)));
    REQUIRE(appliance.wait_for_status([&](const json& status) { return holds(status, denied); }));
    CHECK(appliance.daemon().log().find("access rules deny it") != std::string::npos);

    // Everything else goes on as if nothing were.
    const auto before = appliance.at_cloud().count();
    CHECK(appliance.at_cloud().wait_for(on(Appliance::site + "/" + other), before, 10s));
    appliance.publish("devices/thing/data", {"same", "same", "other"});
    CHECK(appliance.at_cloud().wait_for(says(Appliance::site + "/devices/thing/data", "other"),
                                        before, 10s));

    rules.allow();
    CHECK(appliance.on_site().wait_for(says("holdfast/alert/uplink", place + " gets through")));
    CHECK(appliance.settle().lost == 0);
}

} // namespace

TEST_CASE("a topic that the cloud denies is named and held alone and arrives when it is allowed") {
    is_held_alone_and_arrives("sensors/tide", "sensors/wind");
}

TEST_CASE("a denied topic with bare numbers is named and held alone and arrives too") {
    is_held_alone_and_arrives("sensors/wind", "sensors/tide");
}

TEST_CASE("a sensor that the bridge does not know is told of before anything waits for it") {
    Appliance appliance;
    appliance.start();
    const auto from = appliance.daemon().log().size();
    appliance.write_sections(Appliance::default_sections +
                             "\n[sensor new]\ndriver = sim\n"
                             "\n[sensor far]\ndriver = sim\ntopic = roof/far\n");
    appliance.daemon().signal(SIGHUP);
    REQUIRE(appliance.on_site().wait_for(says("holdfast/alert/uplink", "no receipts for roof/#")));
    CHECK(appliance.daemon().wait_for_log("run 'holdfast render' and restart the broker", from));
    CHECK(appliance.wait_for_status([](const json& status) {
        return status.value("online", false) &&
               status["uplink"]["missing_routes"] == json::array({"roof/#"});
    }));
    // Below sensors/ the bridge knows everything.
    CHECK(appliance.at_cloud().wait_for(on(Appliance::site + "/sensors/new")));
    CHECK(appliance.wait_for_status([](const json& status) { return holds(status, "roof/far"); },
                                    60s));
    appliance.daemon().stop();
}

TEST_CASE("after an outage the newest values are at the cloud before a large backlog is") {
    // At this pace the backlog alone takes twenty seconds.
    Appliance appliance({.sections = Appliance::default_sections,
                         .uplink = "max_publishes_per_second = 50\nmax_batch = 512B\n"});
    appliance.start();
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    std::vector<std::string> backlog;
    backlog.reserve(1000);
    for (int i = 0; i < 1000; ++i) {
        backlog.push_back(std::to_string(i));
    }
    appliance.publish("devices/thing/data", backlog);
    REQUIRE(appliance.wait_for_backlog(1000));
    const auto before = appliance.at_cloud().count();
    appliance.network().pass();
    REQUIRE(appliance.wait_for_link(true));
    const auto newest = appliance.on_site().last("sensors/wind").value();
    CHECK(appliance.at_cloud().wait_for(says(Appliance::site + "/sensors/wind", newest), before));
    CHECK(appliance.published_at_cloud() < 500);
    appliance.daemon().stop();
}
