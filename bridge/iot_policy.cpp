#include "bridge/iot_policy.hpp"

#include "config/receipt_routes.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace holdfast::bridge {

namespace {

using Json = nlohmann::ordered_json;

Json allow(const Json& actions, const Json& resources) {
    return {{"Effect", "Allow"}, {"Action", actions}, {"Resource", resources}};
}

} // namespace

std::string aws_region(const std::string& endpoint) {
    const auto parts = split(endpoint, '.');
    if (parts.size() < 5 || parts[1] != "iot" || parts[3] != "amazonaws") {
        throw Error(fmt::format("'{}' is no endpoint of AWS IoT Core (NAME-ats.iot.REGION."
                                "amazonaws.com), so its region is not known",
                                endpoint));
    }
    return std::string(parts[2]);
}

std::string render_iot_policy(const config::Settings& settings, const AwsAccount& account) {
    const auto prefix =
        fmt::format("arn:aws{}:iot:{}:{}:", account.region.starts_with("cn-") ? "-cn" : "",
                    account.region, account.number);
    const auto& site = settings.site.name;
    const auto& client = settings.cloud->client_id;
    const auto topics = fmt::format("{}topic/{}/*", prefix, site);
    Json filters = Json::array();
    for (const auto& route : config::receipt_routes(settings)) {
        filters.push_back(fmt::format("{}topicfilter/{}/{}", prefix, site, route));
    }
    filters.push_back(fmt::format("{}topicfilter/{}/down/#", prefix, site));
    const Json policy{{"Version", "2012-10-17"},
                      {"Statement",
                       {allow("iot:Connect", {fmt::format("{}client/{}", prefix, client),
                                              fmt::format("{}client/{}-check", prefix, client)}),
                        allow({"iot:Publish", "iot:RetainPublish", "iot:Receive"}, topics),
                        allow("iot:Subscribe", filters)}}};
    return policy.dump(2) + "\n";
}

std::string render_iot_steps(const config::Settings& settings) {
    return fmt::format(R"(# {site} at AWS IoT Core

Made by `holdfast cloud bundle`, with `policy.json`: the least that this site needs. With the AWS CLI,
in this folder:

    aws iot create-thing --thing-name {site}
    aws iot create-keys-and-certificate --set-as-active \
        --certificate-pem-outfile bridge.crt --private-key-outfile bridge.key
    aws iot create-policy --policy-name {site} --policy-document file://policy.json
    aws iot attach-policy --policy-name {site} --target CERTIFICATE_ARN
    aws iot attach-thing-principal --thing-name {site} --principal CERTIFICATE_ARN
    curl -o cloud-ca.crt https://www.amazontrust.com/repository/AmazonRootCA1.pem
    aws iot describe-endpoint --endpoint-type iot:Data-ATS

`CERTIFICATE_ARN` is what the second command prints. Then, on the appliance:

1. Put the three files into `certs/`, `bridge.key` readable by the broker's user alone.
2. Check that `address` in `[cloud]` is the endpoint that the last command prints.
3. `holdfast render`, restart the local broker, `holdfast bridge check`.

The policy names the first levels of what goes up. After a sensor or device with a new first level,
make the bundle again and give the policy a new version:

    aws iot create-policy-version --policy-name {site} --policy-document file://policy.json \
        --set-as-default
)",
                       fmt::arg("site", settings.site.name));
}

} // namespace holdfast::bridge
