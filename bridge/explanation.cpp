#include "bridge/explanation.hpp"

#include <fmt/format.h>

namespace holdfast::bridge {

namespace {

using Verdict = Finding::Verdict;

bool is_aws(const config::CloudSettings& cloud) {
    return cloud.profile == &config::aws_iot_core_profile();
}

/// What has to be allowed for the site's topics, in the words of the kind of cloud.
std::string rights(const config::CloudSettings& cloud, const std::string& site) {
    if (is_aws(cloud)) {
        return fmt::format("the policy of its certificate has to allow iot:Publish and iot:Receive "
                           "on topic/{0}/* and iot:Subscribe on topicfilter/{0}/*, and to be "
                           "attached",
                           site);
    }
    return fmt::format("its ACL has to let this certificate's user read and write '{}/#'", site);
}

std::string refused_id(const config::CloudSettings& cloud, const std::string& id) {
    if (is_aws(cloud)) {
        return fmt::format("its policy has to allow iot:Connect on client/{}, and to be attached "
                           "to this certificate, which has to be active",
                           id);
    }
    return fmt::format("allow the id there (clientid_prefixes, 'clientid' in a policy), or set "
                       "'client_id' in [cloud] to one that it takes; or it does not know the user "
                       "that the certificate {} names",
                       cloud.certificate.string());
}

} // namespace

Finding explain(const config::CloudSettings& cloud, const std::string& site,
                const LoginRefusal& refusal) {
    if (refusal.bridge_id_taken) {
        return {Verdict::bad,
                fmt::format("MQTT: the cloud takes the bridge's client id '{}', but not '{}', by "
                            "which this check comes so as not to end the bridge's session: allow "
                            "that one too to have the topics proved",
                            cloud.client_id, refusal.client_id)};
    }
    if (refusal.connack == 1) {
        return {Verdict::bad, "MQTT: the cloud does not speak MQTT 3.1.1, which the bridge needs "
                              "for its receipts (CONNACK 1)"};
    }
    if (refusal.connack == 3) {
        return {Verdict::bad, "MQTT: the cloud broker says that it is not available (CONNACK 3): "
                              "try again, or look at its log"};
    }
    if (refusal.connack) {
        return {Verdict::bad,
                fmt::format("MQTT: the cloud refused the client id '{}' (CONNACK {}): {}",
                            cloud.client_id, *refusal.connack, refused_id(cloud, cloud.client_id))};
    }
    if (is_aws(cloud)) {
        return {Verdict::bad, fmt::format("MQTT: the cloud closed the connection without an answer "
                                          "to CONNECT ({}), as AWS IoT Core does with a client id "
                                          "it must not let in: {}; and {}",
                                          refusal.words, refused_id(cloud, cloud.client_id),
                                          rights(cloud, site))};
    }
    return {Verdict::bad, fmt::format("MQTT: no answer to CONNECT: {}", refusal.words)};
}

Finding explain(const config::CloudSettings& cloud, const std::string& site, const Echo& echo) {
    if (echo.round_trip) {
        return {Verdict::good,
                fmt::format("{} came back after {} ms", echo.topic, echo.round_trip->count())};
    }
    if (!echo.ended.empty()) {
        return {Verdict::bad, fmt::format("{}: the cloud ended the connection for it ({}): {}",
                                          echo.topic, echo.ended, rights(cloud, site))};
    }
    if (!echo.acknowledged) {
        return {Verdict::bad,
                fmt::format("{}: neither a PUBACK nor the message itself came: the cloud threw it "
                            "away, or something between swallows what is sent; look at its log, "
                            "and run this again",
                            echo.topic)};
    }
    return {Verdict::bad, fmt::format("{}: the cloud took it and did not send it back, so nothing "
                                      "on this topic could ever be proved: {}",
                                      echo.topic, rights(cloud, site))};
}

Finding explain_subscription(const config::CloudSettings& cloud, const std::string& site,
                             const std::string& filter, bool granted) {
    if (granted) {
        return {Verdict::good, fmt::format("subscribed to {}", filter)};
    }
    return {Verdict::bad, fmt::format("the cloud did not grant the subscription to {}: {}", filter,
                                      rights(cloud, site))};
}

} // namespace holdfast::bridge
