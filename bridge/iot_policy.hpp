#pragma once

#include "config/settings.hpp"

#include <string>

namespace holdfast::bridge {

/// What an AWS account is told of a site: the region of its endpoint, and its number.
struct AwsAccount {
    std::string region;
    std::string number; ///< 12 digits
};

/// The region in `NAME.iot.REGION.amazonaws.com`. Throws Error for any other address.
std::string aws_region(const std::string& endpoint);

/// The least that the bridge needs, as a policy of AWS IoT Core: connecting under its own client id
/// (and that of `bridge check`), the topics below its site, and the filters it subscribes to.
std::string render_iot_policy(const config::Settings& settings, const AwsAccount& account);

/// The steps from an AWS account to a bridge that runs, as text to follow.
std::string render_iot_steps(const config::Settings& settings);

} // namespace holdfast::bridge
