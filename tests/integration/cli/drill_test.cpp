// `holdfast drill` on a live appliance with real brokers.
#include "command.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::test;

namespace {

std::vector<std::string> drill_of(const Appliance& site, const std::string& outage) {
    return {"drill", "--dir", site.folder().string(), "--outage", outage};
}

} // namespace

TEST_CASE("a drill cuts the link of a live appliance and finds that every reading arrived") {
    Appliance site;
    site.start();
    const auto outcome = holdfast_command(drill_of(site, "5s"));
    INFO(outcome.output);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.output, ContainsSubstring("Every reading arrived."));
    CHECK_THAT(outcome.output, ContainsSubstring("without a receipt     0"));
    CHECK(site.wait_for_link(true));
    CHECK(site.settle().lost == 0);
}

TEST_CASE("a drill that is killed leaves a link that comes back by itself") {
    Appliance site;
    site.start();
    const TempFolder logs;
    auto words = drill_of(site, "1h");
    words.insert(words.begin(), HOLDFAST);
    Program drill("drill", {words, logs / "drill.log"});
    drill.start();
    REQUIRE(site.wait_for_link(false));
    drill.kill();
    CHECK(site.wait_for_link(true));
    CHECK(site.settle().lost == 0);
}

TEST_CASE("a drill says what keeps it from beginning") {
    Appliance site;
    const auto silent = holdfast_command(drill_of(site, "5s"));
    CHECK(silent.status == 3);
    CHECK_THAT(silent.output, ContainsSubstring("spool"));
    site.start();
    site.daemon().stop();
    site.broker().stop();
    const auto alone = holdfast_command(drill_of(site, "5s"));
    CHECK(alone.status == 1);
    CHECK_THAT(alone.output, ContainsSubstring("NOT PASSED: the local broker"));
    CHECK(holdfast_command(drill_of(site, "4s")).status == 2);
}
