#include "certs/check.hpp"
#include "core/atomic_file.hpp"
#include "support/catch.hpp"
#include "unit/certs/fixture.hpp"
#include "unit/certs/tls_meeting.hpp"

using namespace holdfast;
using namespace holdfast::certs;
using test::made_at;

namespace {

std::string only_problem(const Problems& problems) {
    REQUIRE(problems.size() == 1);
    return problems.front();
}

} // namespace

TEST_CASE("a good chain has no problems") {
    const test::Site site;
    const auto server = site.issue(test::for_server({"pi.local", "10.0.0.1"}), "broker");
    const auto client = site.issue(test::for_client("bridge"), "bridge");
    CHECK(check_chain(server, site.ca(), Purpose::server, "pi.local", made_at).empty());
    CHECK(check_chain(server, site.ca(), Purpose::server, "10.0.0.1", made_at).empty());
    CHECK(check_chain(client, site.ca(), Purpose::client, std::nullopt, made_at).empty());
    CHECK(check_pair(server, site.folder / "broker.key").empty());
}

TEST_CASE("a wrong name is explained by the names that the certificate has") {
    const test::Site site;
    const auto server = site.issue(test::for_server({"pi.local", "10.0.0.1"}), "broker");
    for (const auto* host : {"server", "10.0.0.2", "other.local"}) {
        CAPTURE(host);
        CHECK_THAT(only_problem(check_chain(server, site.ca(), Purpose::server, host, made_at)),
                   ContainsSubstring("is not for \"" + std::string(host) +
                                     "\"; it is for pi.local, 10.0.0.1"));
    }
}

TEST_CASE("an unknown authority is told from one that was made anew") {
    const test::Site site;
    const auto server = site.issue(test::for_server({"pi"}), "broker");
    const test::TempFolder elsewhere;
    const auto check = [&] {
        return only_problem(
            check_chain(server, elsewhere / "ca.crt", Purpose::server, "pi", made_at));
    };
    Authority::create(elsewhere.path(), "barn", made_at);
    CHECK_THAT(check(),
               ContainsSubstring("is signed by \"greenhouse\"") && ContainsSubstring("(\"barn\")"));
    Authority::create(elsewhere.path(), "greenhouse", made_at, {.replace = true});
    CHECK_THAT(check(), ContainsSubstring("by another key of an authority \"greenhouse\""));
}

TEST_CASE("a leaf in the place of the authority is no authority") {
    const test::Site site;
    const auto server = site.issue(test::for_server({"pi"}), "broker");
    const auto client = site.issue(test::for_client("bridge"), "bridge");
    CHECK_THAT(only_problem(check_chain(server, client, Purpose::server, "pi", made_at)),
               ContainsSubstring("which is not the authority in"));
}

TEST_CASE("wrong dates are explained with both dates and the clock") {
    const test::Site site;
    const auto server = site.issue(test::for_server({"pi"}), "broker");
    const auto at = [&](TimePoint now) {
        return check_chain(server, site.ca(), Purpose::server, "pi", now);
    };
    CHECK_THAT(only_problem(at(made_at + std::chrono::days(800))),
               ContainsSubstring("expired on 2032-06-14 12:00 UTC, and the clock says 2032-08-23"));
    const auto boot = at(TimePoint(std::chrono::seconds(0)));
    REQUIRE(boot.size() == 2);
    CHECK_THAT(boot.front(), ContainsSubstring("not valid before 2030-06-14 12:00 UTC") &&
                                 ContainsSubstring("the clock is probably wrong"));
    CHECK_THAT(boot.back(), ContainsSubstring("ca.crt: \"greenhouse\" is not valid before"));
}

TEST_CASE("a wrong purpose is explained by the right one") {
    const test::Site site;
    const auto server = site.issue(test::for_server({"pi"}), "broker");
    const auto client = site.issue(test::for_client("bridge"), "bridge");
    CHECK_THAT(only_problem(check_chain(server, site.ca(), Purpose::client, std::nullopt, made_at)),
               ContainsSubstring("broker.crt is not for a client but for a server"));
    CHECK_THAT(only_problem(check_chain(client, site.ca(), Purpose::server, std::nullopt, made_at)),
               ContainsSubstring("bridge.crt is not for a server but for a client"));
}

TEST_CASE("a certificate and the key of another one are no pair") {
    const test::Site site;
    const auto server = site.issue(test::for_server({"pi"}), "broker");
    site.issue(test::for_client("bridge"), "bridge");
    CHECK_THAT(only_problem(check_pair(server, site.folder / "bridge.key")),
               ContainsSubstring("broker.crt does not belong to the key") &&
                   ContainsSubstring("bridge.key"));
}

TEST_CASE("several faults are all told") {
    const test::Site site;
    const auto client = site.issue(test::for_client("bridge"), "bridge");
    const test::Site other;
    CHECK(check_chain(client, other.ca(), Purpose::server, "pi", made_at + std::chrono::days(800))
              .size() == 4);
}

TEST_CASE("the check and a real handshake agree") {
    const test::Site site;
    const test::Site other;
    const auto credentials = site.authority.issue(test::for_server({"pi", "::1"}), made_at);
    save(credentials, site.folder.path(), "broker");
    const auto* host = GENERATE("pi", "::1", "::2", "server");
    const auto days = GENERATE(-2, 0, 729, 731);
    const bool known = GENERATE(true, false);
    const auto now = made_at + std::chrono::days(days);
    const auto& trusted = known ? site : other;
    CAPTURE(host, days, known);
    CHECK(
        check_chain(site.folder / "broker.crt", trusted.ca(), Purpose::server, host, now).empty() ==
        test::meet({credentials, trusted.authority.certificate_pem(), host, now}).empty());
}
