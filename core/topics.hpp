#pragma once

#include <string>
#include <string_view>

/// The topics that broker, bridge, daemon and commands agree on (docs/architecture.md).
namespace holdfast::topics {

constexpr std::string_view up = "holdfast/up/";            ///< only the daemon writes
constexpr std::string_view receipts = "holdfast/receipt/"; ///< only the bridge writes
constexpr std::string_view audit = "holdfast/audit/";      ///< only the plugin writes
constexpr std::string_view down = "holdfast/down/";        ///< only the bridge writes: orders
constexpr std::string_view status = "holdfast/status";     ///< retained JSON, last will

/// Questions for what the spool holds, here and below.
constexpr std::string_view get_history = "holdfast/get/history";
/// The answers, here and below.
constexpr std::string_view history = "holdfast/history";

/// What the daemon asks of the plugin: `{"command":"kick-bridge"}`, or a line for the audit.
constexpr std::string_view control = "$CONTROL/holdfast/v1";

/// Below `up` and `receipts`: proves that everything handed over before has come back.
constexpr std::string_view barrier = "sync";

/// The daemon's own: comes back to it behind the orders that waited at the broker.
constexpr std::string_view orders_mark = "holdfast/orders/mark";

/// Below `up`, and at the cloud below the site: what the cloud will not get as it was measured.
constexpr std::string_view gaps = "gaps";

/// Below `up`, and at the cloud below the site: what became known of the clock of a boot.
constexpr std::string_view clock = "clock";

/// Below `up`: what a person has to know of this site, as text.
constexpr std::string_view cloud_alerts = "alerts";

inline std::string sensor_status(const std::string& sensor) {
    return "holdfast/sensor/" + sensor + "/status";
}

inline std::string output_status(const std::string& output) {
    return "holdfast/output/" + output + "/status";
}

inline std::string alert(std::string_view name) {
    return "holdfast/alert/" + std::string(name);
}

/// The state of the bridge's link, `1` or `0`, retained under the same name here and at the cloud.
inline std::string link(const std::string& site) {
    return site + "/link";
}

} // namespace holdfast::topics
