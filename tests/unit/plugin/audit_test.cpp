#include "plugin/audit.hpp"
#include "recording_broker.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace holdfast;
using namespace std::chrono_literals;
using Json = nlohmann::json;

namespace {

struct Site {
    std::vector<std::string> lines;
    test::RecordingBroker broker;
    Audit audit{Log([this](Log::Level, const std::string& line) { lines.push_back(line); },
                    Log::Level::notice),
                broker};

    /// The only message so far, without its time.
    Json message(const std::string& topic) {
        REQUIRE(broker.published.size() == 1);
        CHECK(broker.published.front().topic == topic);
        auto json = Json::parse(broker.published.front().payload);
        CHECK(json["time"].is_number_float());
        json.erase("time");
        return json;
    }
};

const Client alice{{"alice", "c1"}, "10.0.0.7"};
const Decision denied_by_line_3{false, 3, Decision::Reason::rule};

} // namespace

TEST_CASE("a denial is a message that says who and what and which line") {
    Site site;
    site.audit.denied(alice, "write", "a/b", denied_by_line_3, 0s);
    CHECK(site.message("holdfast/audit/denied") == Json{{"user", "alice"},
                                                        {"client", "c1"},
                                                        {"address", "10.0.0.7"},
                                                        {"access", "write"},
                                                        {"topic", "a/b"},
                                                        {"line", 3},
                                                        {"reason", "a rule says so"}});
    CHECK(site.lines.size() == 1);
}

TEST_CASE("a refused login is a message") {
    Site site;
    site.audit.login_refused(alice, "mallory", "no password", 0s);
    CHECK(site.message("holdfast/audit/login") == Json{{"user", "mallory"},
                                                       {"client", "c1"},
                                                       {"address", "10.0.0.7"},
                                                       {"reason", "no password"}});
}

TEST_CASE("a name that is not UTF-8 does not break the message") {
    Site site;
    site.audit.denied({{std::nullopt, "c\xff"}, ""}, "write", "a", denied_by_line_3, 0s);
    const auto message = site.message("holdfast/audit/denied");
    CHECK(message["client"] == "c\xef\xbf\xbd");
    CHECK(message["user"].is_null());
}

TEST_CASE("what is merely not delivered is no message however often it happens") {
    Site site;
    for (int i = 0; i < 100; ++i) {
        site.audit.not_delivered(alice, "holdfast/audit/denied", denied_by_line_3, 0s);
    }
    site.audit.flush(1h);
    CHECK(site.broker.published.empty());
    CHECK(site.lines.empty());
}

TEST_CASE("a flood is a few messages and a count of the rest") {
    Site site;
    SECTION("of denials by the client") {
        for (int i = 0; i < 100; ++i) {
            site.audit.denied(alice, "write", "a", denied_by_line_3, 0s);
        }
        site.audit.flush(Throttle::period);
        CHECK(Json::parse(site.broker.published.back().payload)["client"] == "c1");
        CHECK(site.lines.back() == "more denials client=c1 count=95");
    }
    SECTION("of logins by the address though the client ids differ") {
        for (int i = 0; i < 100; ++i) {
            const auto id = std::to_string(i);
            site.audit.login_refused({{"alice", id}, "10.0.0.7"}, "alice", "x", 0s);
        }
        site.audit.flush(Throttle::period);
        CHECK(Json::parse(site.broker.published.back().payload)["address"] == "10.0.0.7");
        CHECK(site.lines.back() == "more logins refused address=10.0.0.7 count=95");
    }
    REQUIRE(site.broker.published.size() == Throttle::told_per_source + 1);
    CHECK(Json::parse(site.broker.published.back().payload)["more"] == 95);
}
