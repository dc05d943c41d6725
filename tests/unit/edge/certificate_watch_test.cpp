#include "certs/authority.hpp"
#include "core/atomic_file.hpp"
#include "edge/certificate_watch.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <memory>
#include <vector>

using namespace holdfast;
using namespace holdfast::edge;
using std::chrono::days;

namespace {

/// A folder with a certificate that ends in 100 days, and a watch that is started again at will.
struct Place {
    test::TempFolder folder;
    certs::TimePoint made = std::chrono::system_clock::now();
    certs::Authority authority = certs::Authority::create(folder.path(), "appliance", made);
    std::vector<std::string> alerts;
    std::vector<std::string> audited;
    std::vector<std::string> logged;
    std::optional<std::string> kept;
    std::unique_ptr<CertificateWatch> watch;

    Place() {
        issue();
        start();
    }
    void issue() {
        certs::save(authority.issue({.purpose = certs::Purpose::server,
                                     .common_name = "server",
                                     .alt_names = {"localhost"},
                                     .lifetime = days(100)},
                                    made),
                    folder.path(), "server");
    }
    void start() {
        watch = std::make_unique<CertificateWatch>(
            folder.path(), kept,
            CertificateWatch::Handlers{
                .alert = [this](const std::string& text) { alerts.push_back(text); },
                .audit =
                    [this](const std::string& name, const std::string& event) {
                        audited.push_back(name + " " + event);
                    },
                .keep = [this](std::string content) { kept = std::move(content); }},
            Log([this](Log::Level, const std::string& line) { logged.push_back(line); }));
    }
    /// How many alerts a look at that day brings.
    std::size_t alerts_on(int day) const {
        const auto before = alerts.size();
        watch->look(made + days(day) + std::chrono::hours(1));
        return alerts.size() - before;
    }
};

} // namespace

TEST_CASE("the end of a certificate is told once at 30 and 14 and 3 days and when it has come") {
    Place at;
    CHECK(at.alerts_on(69) == 0);
    CHECK(at.alerts_on(70) == 1);
    CHECK_THAT(at.alerts.back(), ContainsSubstring("'server' ends on ") &&
                                     ContainsSubstring("in 29 days") &&
                                     ContainsSubstring("holdfast cert renew --due"));
    CHECK(at.alerts_on(71) == 0);
    CHECK(at.alerts_on(86) == 1);
    CHECK(at.alerts_on(96) == 0);
    CHECK(at.alerts_on(97) == 1);
    CHECK(at.alerts_on(99) == 0);
    CHECK(at.alerts_on(100) == 1);
    CHECK_THAT(at.alerts.back(), ContainsSubstring("'server' ended on "));
    CHECK(at.alerts_on(101) == 0);
    REQUIRE(at.audited.size() == 4);
    CHECK_THAT(at.audited.front(),
               ContainsSubstring("server ends on ") && ContainsSubstring(", in 29 days"));
    CHECK_THAT(at.audited.back(), ContainsSubstring("server ended on "));
    REQUIRE(at.logged.size() == 4);
    CHECK_THAT(at.logged.back(), ContainsSubstring("server"));
}

TEST_CASE("certificates are looked at once an hour and when the clock becomes known") {
    Place at;
    const auto soon = at.made + days(71);
    const auto sooner = at.made + days(87);
    at.watch->tick(soon, false);
    CHECK(at.alerts.size() == 1);
    at.watch->tick(sooner, false);
    CHECK(at.alerts.size() == 1);
    at.watch->tick(sooner, true);
    CHECK(at.alerts.size() == 2);

    const auto last = at.made + days(98);
    unsigned ticks = 0;
    while (at.alerts.size() == 2 && ticks < 10'000) {
        at.watch->tick(last, true);
        ++ticks;
    }
    CHECK(ticks == 3600);
}

TEST_CASE("what was told of a certificate is not told again after a restart") {
    Place at;
    CHECK(at.alerts_on(87) == 1);
    at.start();
    CHECK(at.alerts_on(88) == 0);
    CHECK(at.alerts_on(98) == 1);
}

TEST_CASE("a renewed certificate is told of anew when its own end comes near") {
    Place at;
    CHECK(at.alerts_on(98) == 1);
    at.made += days(50);
    at.issue();
    CHECK(at.alerts_on(50) == 0); // 100 days after the first was made
    CHECK(at.alerts_on(71) == 1);
}

TEST_CASE("a clock that cannot be right is told once and says nothing of an end") {
    Place at;
    at.watch->look(certs::TimePoint());
    at.watch->look(certs::TimePoint() + std::chrono::hours(1));
    REQUIRE(at.alerts.size() == 1);
    CHECK_THAT(at.alerts.back(), ContainsSubstring("the clock says 1970-01-01 00:00 UTC") &&
                                     ContainsSubstring("timedatectl"));
    CHECK(at.logged.size() == 1);
    CHECK(at.alerts_on(70) == 1);
}

TEST_CASE("certificates that cannot be read are a warning in the log once") {
    Place at;
    write_file(at.folder / "broken.crt", "nonsense", FileMode::public_);
    CHECK(at.alerts_on(1) == 0);
    CHECK(at.alerts_on(2) == 0);
    CHECK(at.logged.size() == 1);
}
