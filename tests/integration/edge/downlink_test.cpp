// Orders of the cloud through real brokers: each is carried out once and answered.

#include "integration/sensors/pseudo_terminal.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/eventually.hpp"

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

const std::string printer = "outputs/printer";
const std::string ready = "ready\n";
const std::string printer_status = "holdfast/output/printer/status";
const std::string printer_ack = Appliance::site + "/outputs/printer/ack";
const std::string pace_ack = Appliance::site + "/instructions/pace/ack";

/// An appliance with a printer that the cloud may have print lines, and a sensor whose period the
/// cloud may set.
class Site {
public:
    Site()
        : appliance({.sections = fmt::format(R"(
[sensor tide]
driver = sim
every = 100ms

[instruction pace]
sensors = tide

[output printer]
driver = serial
device = {}
)",
                                             terminal_.device())}) {
        appliance.start();
        REQUIRE(appliance.on_site().wait_for(is(printer_status, "online")));
    }
    ~Site() { appliance.daemon().stop(); }
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;

    /// Has a last line printed; answers all lines until then but "ready".
    std::string printed() {
        appliance.order(printer, "end");
        eventually(
            [&] {
                printed_ += terminal_.receive();
                return printed_.find("end\n") != std::string::npos;
            },
            30s);
        for (auto at = printed_.find(ready); at != std::string::npos; at = printed_.find(ready)) {
            printed_.erase(at, ready.size());
        }
        return printed_;
    }

    /// kill -9 of daemon and broker; both are back when it returns.
    void cut_power() {
        appliance.daemon().kill();
        appliance.broker().kill();
        appliance.start_broker();
        appliance.start_daemon();
        // Until it takes orders, and not as late ones.
        const auto from = appliance.on_site().count();
        REQUIRE(eventually(
            [&] {
                appliance.publish(printer, {"ready"});
                return appliance.on_site().wait_for(
                    is("outputs/printer/ack", R"({"order":"ready","state":"ready"})"), from, 1s);
            },
            60s));
    }

    bool answered(const std::string& topic, const std::string& text, std::size_t from = 0) {
        return appliance.at_cloud().wait_for(says(topic, text), from);
    }

private:
    PseudoTerminal terminal_;
    std::string printed_;

public:
    Appliance appliance;
};

} // namespace

TEST_CASE("an order of the cloud is carried out once and the cloud learns what happened") {
    Site site;
    site.appliance.order(printer, "one");
    CHECK(site.answered(printer_ack, R"({"order":"one","state":"one"})"));
    const std::string with_id = R"({"id":"7","order":"two"})";
    site.appliance.order(printer, with_id);
    CHECK(site.answered(printer_ack, R"({"order":"two","state":"two","id":"7"})"));
    site.appliance.order(printer, with_id);
    CHECK(site.answered(printer_ack, R"(carried out before)"));
    site.appliance.order("instructions/pace", R"({"id":8,"interval":2})");
    CHECK(site.answered(pace_ack, R"({"old":0.1,"new":2)"));
    CHECK(site.printed() == "one\ntwo\nend\n");
}

TEST_CASE("an order that the cloud retains is not carried out again with each new link") {
    Site site;
    site.appliance.order(printer, "stays", true);
    REQUIRE(site.answered(printer_ack, R"("state":"stays")"));
    for (int i = 0; i < 2; ++i) {
        const auto from = site.appliance.at_cloud().count();
        site.appliance.network().reset_connections();
        REQUIRE(site.answered(printer_ack, R"({"order":"stays","refused")", from));
    }
    CHECK(site.printed() == "stays\nend\n");
}

TEST_CASE("orders given in an outage are carried out once after it and over power cuts") {
    Site site;
    auto& appliance = site.appliance;
    appliance.network().cut();
    REQUIRE(appliance.wait_for_link(false));
    appliance.order(printer, "while away");
    appliance.order("instructions/pace", "3");
    site.cut_power();
    appliance.network().pass();
    REQUIRE(site.answered(printer_ack, R"({"order":"while away","state")"));
    REQUIRE(site.answered(pace_ack, R"({"old":0.1,"new":3})"));

    const auto from = appliance.at_cloud().count();
    site.cut_power();
    appliance.order("instructions/pace", "4");
    CHECK(site.answered(pace_ack, R"({"old":3,"new":4})", from));
    CHECK(site.printed() == "while away\nend\n");
}

TEST_CASE("an order that comes while the daemon does not run is answered when it does") {
    Site site;
    auto& appliance = site.appliance;
    appliance.daemon().stop();
    appliance.order(printer, R"({"id":"9","order":"too late"})");
    appliance.order("instructions/pace", "5");
    REQUIRE(appliance.on_site().wait_for(on("holdfast/down/" + printer)));
    appliance.start_daemon();
    CHECK(site.answered(printer_ack, R"({"order":"too late","refused":"the order waited)"));
    CHECK(site.answered(printer_ack, R"("id":"9")"));
    CHECK(site.answered(pace_ack, R"({"old":0.1,"new":5})"));
    CHECK(site.printed() == "end\n");
}
