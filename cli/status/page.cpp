#include "cli/status/page.hpp"

#include "cli/json_fields.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>

namespace holdfast::cli {

namespace {

using nlohmann::json;

std::string line(std::string_view name, const std::string& value) {
    return fmt::format("  {:<13}{}\n", name, value);
}

std::string head(const Standing& standing, const Style& style) {
    const auto name = style.strong(standing.site);
    if (!standing.no_broker.empty()) {
        return fmt::format("{}: {}: {}\n", name, style.bad("the local broker cannot be asked"),
                           standing.no_broker);
    }
    if (!standing.daemon_runs()) {
        return fmt::format("{}: {}: 'systemctl status holdfast-edge', or start it with "
                           "'holdfast-edge --config FILE'\n",
                           name, style.bad("the daemon does not run"));
    }
    const auto& uplink = part(*standing.daemon, "/uplink");
    return fmt::format("{}: {}, {}\n", name, style.good("the daemon runs"),
                       uplink.is_null()        ? "there is no cloud"
                       : flag(uplink, "/link") ? style.good("the link to the cloud is up")
                                               : style.warning("the link to the cloud is down"));
}

std::string uplink_lines(const json& uplink, const Style& style) {
    if (uplink.is_null()) {
        return {};
    }
    auto page =
        line("backlog", fmt::format("{} rows without a receipt, {} messages in flight",
                                    number(uplink, "/pending"), number(uplink, "/in_flight")));
    page +=
        line("receipts", fmt::format("{}; {} sent again, {} stalls", number(uplink, "/receipts"),
                                     number(uplink, "/resent"), number(uplink, "/stalls")));
    for (const auto& held : part(uplink, "/held")) {
        page +=
            line("held back", style.bad(fmt::format("{}: {} rows, {}", text(held, "/topic"),
                                                    number(held, "/rows"), text(held, "/reason"))));
    }
    for (const auto& topic : part(uplink, "/missing_routes")) {
        page += line("no receipts", style.bad(fmt::format("for {}: 'holdfast render', then "
                                                          "restart the broker",
                                                          topic.dump())));
    }
    return page;
}

std::string disk_lines(const json& status, const Style& style) {
    const auto& spool = part(status, "/spool");
    auto page = line("disk", fmt::format("{} of {}, {} a day written",
                                         byte_text(number(spool, "/file_bytes")),
                                         byte_text(number(spool, "/max_bytes")),
                                         byte_text(number(spool, "/written_bytes_per_day"))));
    if (const auto trouble = text(spool, "/trouble"); !trouble.empty()) {
        page += line("trouble", style.bad(trouble));
    }
    for (const auto& [kind, count] : part(spool, "/lost").items()) {
        if (count != 0) {
            page += line("given up", style.bad(fmt::format("{} rows: {}", count.dump(), kind)));
        }
    }
    return page;
}

std::string sensor_lines(const json& status, const Style& style) {
    std::string page;
    for (const auto& [name, sensor] : part(status, "/sensors").items()) {
        const auto state = text(sensor, "/state");
        const auto reason = text(sensor, "/reason");
        const auto words = state == "online"     ? style.good(state)
                           : state == "starting" ? style.warning(state)
                                                 : style.bad(state);
        page += line("sensor",
                     fmt::format("{}: {}, {} readings{}", name, words, number(sensor, "/readings"),
                                 reason.empty() ? "" : ", " + reason));
    }
    for (const auto& alarm : part(status, "/alarms")) {
        page += line("alarm", style.bad(alarm.is_string() ? alarm.get<std::string>() : ""));
    }
    return page;
}

std::string daemon_lines(const json& status, const Style& style) {
    auto page = uplink_lines(part(status, "/uplink"), style);
    page += line("stored", fmt::format("{} since the daemon started, {} not yet on disk, {} "
                                       "dropped",
                                       number(status, "/committed"), number(status, "/waiting"),
                                       number(status, "/dropped")));
    page += disk_lines(status, style);
    if (!flag(status, "/clock_synchronised")) {
        page += line("clock", style.warning("nobody keeps it right: times are uncertain "
                                            "('timedatectl')"));
    }
    if (flag(status, "/uplink/waits_for_clock")) {
        page += line("clock", style.bad("nobody has set it: nothing goes up before that "
                                        "(unset_clock = wait)"));
    }
    return page + sensor_lines(status, style);
}

std::string denial_line(const json& counters) {
    return line("denied",
                fmt::format("{} logins, {} publishes, {} subscriptions, {} over a limit",
                            number(counters, "/logins/refused"), number(counters, "/denied/write"),
                            number(counters, "/denied/subscribe"),
                            number(counters, "/denied/limit")));
}

std::string certificate_lines(const Standing& standing, const Style& style) {
    std::string page;
    if (!standing.certificate_trouble.empty()) {
        page += line("certificate", style.bad(standing.certificate_trouble));
    }
    if (!standing.clock_fault.empty()) {
        page +=
            line("clock", style.bad(standing.clock_fault + ": the bridge waits until it is set"));
    }
    for (const auto& due : standing.certificates) {
        const auto words = fmt::format("{} {} on {} ('holdfast cert renew --due')", due.name,
                                       due.certificate.not_after < standing.now ? "ended" : "ends",
                                       certs::utc_text(due.certificate.not_after));
        page += line("certificate",
                     certs::urgency(due.certificate, standing.now) == certs::Urgency::notice
                         ? style.warning(words)
                         : style.bad(words));
    }
    return page;
}

std::string_view to_string(certs::Urgency urgency) {
    switch (urgency) {
    case certs::Urgency::notice:
        return "notice";
    case certs::Urgency::warning:
        return "warning";
    case certs::Urgency::alarm:
        break;
    }
    return "alarm";
}

} // namespace

bool Standing::daemon_runs() const {
    return daemon && flag(*daemon, "/online");
}

std::string status_page(const Standing& standing, const Style& style) {
    auto page = head(standing, style);
    if (standing.daemon_runs()) {
        page += daemon_lines(*standing.daemon, style);
    }
    if (standing.counters) {
        page += denial_line(*standing.counters);
    }
    return page + certificate_lines(standing, style);
}

std::string status_json(const Standing& standing) {
    auto certificates = json::array();
    for (const auto& due : standing.certificates) {
        certificates.push_back(
            {{"name", due.name},
             {"until", certs::utc_text(due.certificate.not_after)},
             {"urgency", to_string(certs::urgency(due.certificate, standing.now))}});
    }
    const json all{{"site", standing.site},
                   {"broker", standing.no_broker.empty()},
                   {"broker_reason", standing.no_broker},
                   {"daemon", standing.daemon.value_or(json())},
                   {"counters", standing.counters.value_or(json())},
                   {"certificates", std::move(certificates)},
                   {"clock_fault", standing.clock_fault},
                   {"certificate_trouble", standing.certificate_trouble}};
    return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace holdfast::cli
