#include "bridge/explanation.hpp"
#include "bridge/prediction.hpp"
#include "bridge/probe_topics.hpp"
#include "bridge/tls_explanation.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

using namespace holdfast;
using namespace holdfast::bridge;
using namespace std::chrono_literals;

namespace {

config::Settings settings(const std::string& kind, const std::string& sections = "") {
    return config::parse_settings("[site]\nname = garden\n[cloud]\nkind = " + kind +
                                      "\naddress = cloud.example\n" + sections,
                                  "/nowhere/holdfast.conf");
}

std::string said(const config::CloudSettings& cloud, certs::ProbeStep step,
                 certs::ProbeFinding finding) {
    certs::ProbeResult result;
    result.reached = step;
    result.findings = {std::move(finding)};
    if (step == certs::ProbeStep::judge) {
        result.chain.push_back({.subject = "broker",
                                .issuer = "their CA",
                                .names = {"a.example"},
                                .not_before = {},
                                .not_after = {},
                                .authority = false,
                                .for_server = true,
                                .for_client = false,
                                .serial = {},
                                .fingerprint = {}});
    }
    const auto findings = explain(cloud, result);
    CHECK_FALSE(all_well(findings));
    return findings.back().text;
}

bool predicts(const config::Settings& of, const std::string& text) {
    const auto findings = predict(of, {.paths = {"/nowhere", "", "", "root"},
                                       .now = std::chrono::system_clock::now(),
                                       .clock_synchronised = true});
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
        return finding.verdict == Finding::Verdict::bad &&
               finding.text.find(text) != std::string::npos;
    });
}

} // namespace

TEST_CASE("everything that goes up has a topic to be proved") {
    const auto of = settings("mosquitto", "[sensor a]\ndriver = sim\n"
                                          "[sensor b]\ndriver = sim\nup = no\n"
                                          "[device d]\ntopic = devices/+/x/#\n"
                                          "[alarm hot]\nwhen = a > 1\n"
                                          "[instruction pace]\nsensors = a\n");
    CHECK(probe_topics(of) ==
          std::vector<std::string>{
              "garden/alarms/hot", "garden/clock", "garden/devices/holdfast-check/x/holdfast-check",
              "garden/gaps", "garden/instructions/pace/ack", "garden/sensors/a", "garden/sync"});
}

TEST_CASE("topics beyond the limits of the cloud are predicted to be refused") {
    const std::string deep = "[device d]\ntopic = devices/b/c/d/e/f/g/h\n";
    CHECK(predicts(settings("aws-iot-core", deep), "'garden/devices/b/c/d/e/f/g/h' has 28 bytes "
                                                   "and 8 slashes"));
    CHECK_FALSE(predicts(settings("mosquitto", deep), "slashes"));
    std::string many;
    for (int i = 0; i < 50; ++i) {
        many += fmt::format("[sensor s{0}]\ndriver = sim\ntopic = first{0}/x\n", i);
    }
    CHECK(predicts(settings("aws-iot-core", many), "takes 50 of one connection"));
}

TEST_CASE("files that are not there are predicted with their paths") {
    CHECK(predicts(settings("mosquitto"), "/nowhere/certs/bridge.crt"));
}

TEST_CASE("each fault of the connection has words of its own") {
    const auto of = settings("mosquitto");
    const auto& cloud = *of.cloud;
    using certs::ProbeFault;
    using certs::ProbeStep;
    std::set<std::string> texts;
    int count = 0;
    const auto add = [&](ProbeStep step, std::initializer_list<ProbeFault> faults) {
        for (const auto fault : faults) {
            texts.insert(said(cloud, step, {fault, "detail"}));
            ++count;
        }
    };
    add(ProbeStep::look_up, {ProbeFault::name_unknown, ProbeFault::name_server_silent});
    add(ProbeStep::connect, {ProbeFault::refused, ProbeFault::timed_out, ProbeFault::unreachable});
    add(ProbeStep::handshake,
        {ProbeFault::timed_out, ProbeFault::not_tls, ProbeFault::too_old, ProbeFault::unlike,
         ProbeFault::client_certificate_refused, ProbeFault::server_name_unknown,
         ProbeFault::application_protocol_refused, ProbeFault::closed});
    add(ProbeStep::judge, {ProbeFault::wrong_name, ProbeFault::expired, ProbeFault::not_yet_valid,
                           ProbeFault::unknown_authority, ProbeFault::incomplete_chain,
                           ProbeFault::wrong_usage, ProbeFault::bad_chain});
    CHECK(texts.size() == static_cast<std::size_t>(count));
}

TEST_CASE("a refused login says whether the bridge itself would come in") {
    const auto of = settings("mosquitto");
    const auto text = [&](const LoginRefusal& refusal) {
        return explain(*of.cloud, "garden", refusal).text;
    };
    CHECK_THAT(text({"x-check", 2, "", false}), ContainsSubstring("(CONNACK 2)"));
    CHECK_THAT(text({"x-check", 5, "", true}), ContainsSubstring("but not 'x-check'"));
    CHECK_THAT(text({"x-check", 1, "", false}), ContainsSubstring("does not speak MQTT 3.1.1"));
    CHECK_THAT(text({"x-check", {}, "reset", false}), ContainsSubstring("reset"));
}

TEST_CASE("the remedies for AWS IoT Core name the rights of its policies") {
    const auto of = settings("aws-iot-core");
    const auto& cloud = *of.cloud;
    CHECK_THAT(explain(cloud, "garden", LoginRefusal{"x-check", {}, "closed", false}).text,
               ContainsSubstring("iot:Connect on client/holdfast-garden"));
    CHECK_THAT(explain(cloud, "garden", Echo{"garden/x", {}, false, "closed"}).text,
               ContainsSubstring("iot:Publish and iot:Receive on topic/garden/*"));
    CHECK_THAT(explain_subscription(cloud, "garden", "garden/x/#", false).text,
               ContainsSubstring("iot:Subscribe on topicfilter/garden/*"));
    CHECK_THAT(explain(cloud, "garden", Echo{"garden/x", {}, false, ""}).text,
               ContainsSubstring("threw it away"));
    CHECK_THAT(explain(cloud, "garden", Echo{"garden/x", 12ms, true, ""}).text,
               ContainsSubstring("after 12 ms"));
}
