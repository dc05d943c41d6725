#include "config/cloud_profile.hpp"

namespace holdfast::config {

namespace {

using std::chrono::seconds;

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
/// AWS bills topic and payload in steps of this size.
constexpr std::size_t aws_billing_step = 5 * kib;

constexpr CloudProfile mosquitto{
    .kind = "mosquitto",
    .payload_bytes = 268'435'455, // MQTT 3.1.1 §2.2.3
    .topic_bytes = 65'535,
    .topic_slashes = 199, // Mosquitto's TOPIC_HIERARCHY_LIMIT of 200 levels
    .client_id_bytes = 65'535,
    .least_keepalive = seconds(5),
    .longest_keepalive = seconds(1200),
    .in_flight = 10'000,
    .publishes_per_second = 100'000,
    .bytes_per_second = 1024 * mib,
    .subscriptions = 10'000,
    .needs_host_name = false,
    .keeps_order = true,
    .alpn_on_443 = "",
    .batch_bytes = 16 * kib,
    .default_in_flight = 64,
    .default_publishes_per_second = 500,
    .default_bytes_per_second = 1024 * mib,
};

constexpr CloudProfile aws_iot_core{
    .kind = "aws-iot-core",
    .payload_bytes = 128 * kib,
    .topic_bytes = 256,
    .topic_slashes = 7,
    .client_id_bytes = 128,
    .least_keepalive = seconds(30),
    .longest_keepalive = seconds(1200),
    .in_flight = 100,
    .publishes_per_second = 100,
    .bytes_per_second = 512 * kib,
    .subscriptions = 50,
    .needs_host_name = true,
    .keeps_order = false,
    .alpn_on_443 = "x-amzn-mqtt-ca",
    .batch_bytes = 3 * aws_billing_step,
    .default_in_flight = 64,
    // Room for the status, the link's own message and what the bridge sends again.
    .default_publishes_per_second = 80,
    .default_bytes_per_second = 448 * kib,
};

} // namespace

const CloudProfile& mosquitto_profile() {
    return mosquitto;
}

const CloudProfile& aws_iot_core_profile() {
    return aws_iot_core;
}

const CloudProfile& cloud_profile(std::string_view kind) {
    return kind == aws_iot_core.kind ? aws_iot_core : mosquitto;
}

} // namespace holdfast::config
