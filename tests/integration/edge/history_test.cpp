// Questions for history by MQTT, on the real daemon and broker, in both versions of the protocol.

#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"

#include <set>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using Version = MqttClient::Version;
using Message = MqttClient::Message;

/// Somebody who asks, and reads answers on one topic only.
class Asker {
public:
    Asker(const Appliance& appliance, Version version, std::string answers_on)
        : client_(appliance.local_port(), appliance.login("viewer", version))
        , answers_on_(std::move(answers_on)) {
        REQUIRE(client_.connect() == 0);
        REQUIRE(client_.subscribe(answers_on_, 1) == 1);
    }

    void send(const Message& message) { client_.publish(message); }

    /// The next answer to a question of the test's own.
    std::optional<Message> receive() {
        auto answer = client_.receive(30s);
        while (answer && json::parse(answer->payload).value("id", "") == first) {
            answer = client_.receive(30s);
        }
        return answer;
    }

    /// The daemon's own connection may come a moment after its first reading: asks until somebody
    /// answers.
    void wait_for_the_desk(const std::string& topic) {
        for (int attempt = 0; attempt < 60; ++attempt) {
            send({topic, json{{"id", first}}.dump(), 1});
            if (client_.receive(1s)) {
                return;
            }
        }
        FAIL("nobody answers");
    }

private:
    static constexpr const char* first = "first";

    MqttClient client_;
    std::string answers_on_;
};

json body(const std::optional<Message>& answer) {
    REQUIRE(answer);
    return json::parse(answer->payload);
}

} // namespace

TEST_CASE("history is asked for by MQTT 5 with a response topic and correlation data") {
    Appliance appliance;
    appliance.start();
    const std::string answers = "holdfast/history/viewer/app";
    Asker asker(appliance, Version::v5, answers);
    asker.wait_for_the_desk("holdfast/get/history/viewer/app");
    REQUIRE(appliance.on_site().wait_for(on("sensors/indoors")));

    const auto ask = [&](const json& request, const std::string& mark) {
        asker.send({"holdfast/get/history", request.dump(), 1, false, answers, mark});
        const auto answer = asker.receive();
        REQUIRE(answer);
        CHECK(answer->topic == answers);
        CHECK(answer->correlation == mark);
        return body(answer);
    };
    CHECK(ask(json::object(), "a")["series"] == json{"indoors", "tide", "wind"});

    json values = json::array();
    json request{{"series", "indoors"}, {"rows", 2}, {"until", "0s"}};
    for (int page = 0; page < 3; ++page) {
        const auto answer = ask(request, std::string("\x00\xff page", 7));
        for (const auto& value : answer["values"]) {
            values.push_back(value["value"]);
        }
        if (!answer.contains("next")) {
            break;
        }
        request["page"] = answer["next"];
    }
    REQUIRE_FALSE(values.empty());
    json whole = json::array();
    const auto one_page = ask({{"series", "indoors"}, {"rows", values.size()}}, "b");
    INFO(one_page);
    for (const auto& value : one_page.at("values")) {
        whole.push_back(value["value"]);
    }
    CHECK(whole == values);
    const auto points = ask({{"series", "tide"}, {"points", 3}}, "c");
    CHECK(points["values"].size() <= 3);
    CHECK(points["values"][0]["count"] >= 1);
    CHECK(ask({{"series", "inndoors"}}, "d")["error"].get<std::string>().find("'indoors'") !=
          std::string::npos);
    appliance.daemon().stop();
}

TEST_CASE("history is asked for by MQTT 3 with a topic and every question gets its answer") {
    Appliance appliance;
    appliance.start();
    Asker asker(appliance, Version::v311, "holdfast/history/viewer/#");
    asker.wait_for_the_desk("holdfast/get/history/viewer");
    REQUIRE(appliance.on_site().wait_for(on("sensors/indoors")));

    asker.send({"holdfast/get/history/viewer/1",
                R"({"id":"x","series":"indoors","rows":1,"format":"csv"})", 1});
    const auto answer = asker.receive();
    const auto csv = body(answer);
    CHECK(answer->topic == "holdfast/history/viewer/1");
    CHECK_FALSE(answer->retain);
    CHECK(answer->correlation.empty());
    CHECK(csv["id"] == "x");
    CHECK(csv["values"].get<std::string>().find("time,value,unit,synchronised\n") == 0);

    asker.send({"holdfast/get/history/viewer/2", "what was it", 1});
    CHECK(body(asker.receive())["error"] ==
          R"(a request is a JSON object, as {"series":"room","since":"2h"})");

    // More than are worked on at a time: the others hear that they are too many.
    constexpr int crowd = 40;
    for (int i = 0; i < crowd; ++i) {
        asker.send({"holdfast/get/history/viewer/3",
                    json{{"id", std::to_string(i)}, {"series", "indoors"}, {"rows", 1}}.dump(), 1});
    }
    std::set<std::string> answered;
    for (int i = 0; i < crowd; ++i) {
        const auto one = body(asker.receive());
        CHECK((one.contains("values") || one.at("error") == "too many questions: ask again later"));
        answered.insert(one.at("id"));
    }
    CHECK(answered.size() == crowd);
    appliance.daemon().stop();
}

TEST_CASE("who may not ask gets no history and no answer leaves its topics") {
    Appliance appliance;
    appliance.start();
    Asker asker(appliance, Version::v5, "holdfast/history");
    asker.wait_for_the_desk("holdfast/get/history");

    constexpr int not_authorised = 0x87;
    MqttClient thing(appliance.local_port(), appliance.login("thing", Version::v5));
    REQUIRE(thing.connect() == 0);
    CHECK(thing.publish("holdfast/get/history", "{}", 1) == not_authorised);
    CHECK(thing.publish("holdfast/get/history/thing", "{}", 1) == not_authorised);
    CHECK(thing.subscribe("holdfast/history/#", 1) >= 0x80);
    // Else the daemon, who may publish anywhere, would lend its rights.
    asker.send({"holdfast/get/history", "{}", 1, false, "outputs/heating", "m"});
    const auto refused = asker.receive();
    CHECK(body(refused)["error"] ==
          "the response topic \"outputs/heating\" is not below 'holdfast/history/'");
    CHECK(refused->correlation == "m");
    CHECK_FALSE(appliance.on_site().last("outputs/heating"));
    appliance.daemon().stop();
}
