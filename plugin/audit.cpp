#include "plugin/audit.hpp"

#include "core/topics.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace holdfast {

namespace {

// Keeps the order in which a person wants to read it.
using Json = nlohmann::ordered_json;

Json stamped() {
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(wall_now()).count();
    return Json{{"time", static_cast<double>(milliseconds) / 1000}};
}

void publish(HostBroker& broker, std::string_view kind, const Json& message, bool retain = false) {
    // A client id can be any bytes; what is not UTF-8 is replaced.
    broker.publish(std::string(topics::audit).append(kind),
                   message.dump(-1, ' ', false, Json::error_handler_t::replace), retain);
}

Json user_of(const Client& client) {
    return client.names.user ? Json(*client.names.user) : Json(nullptr);
}

} // namespace

Audit::Audit(Log log, HostBroker& broker)
    : log_(std::move(log))
    , broker_(broker)
    , denials_([this](Source source, std::uint64_t count) {
        tell_more("denied", "client", source, count);
    })
    , logins_([this](Source source, std::uint64_t count) {
        tell_more("login", "address", source, count);
    })
    , not_delivered_([this](Source source, std::uint64_t count) {
        log_.debug("more not delivered",
                   {{"client", source.value_or("(others)")}, {"count", count}});
    }) {}

void Audit::tell_more(std::string_view kind, std::string_view source_is, Source source,
                      std::uint64_t count) {
    log_.notice(kind == "login" ? "more logins refused" : "more denials",
                {{source_is, source.value_or("(others)")}, {"count", count}});
    auto message = stamped();
    message[std::string(source_is)] = source ? Json(*source) : Json(nullptr);
    message["more"] = count;
    publish(broker_, kind, message);
}

void Audit::denied(const Client& client, std::string_view access, std::string_view topic,
                   const Decision& decision, BootTime now) {
    if (!denials_.admit(client.names.client, now)) {
        return;
    }
    log_.notice("denied", {{"user", client.names.user.value_or("")},
                           {"client", client.names.client},
                           {"address", client.address},
                           {"access", access},
                           {"topic", topic},
                           {"line", decision.line},
                           {"reason", describe(decision.reason)}});
    auto message = stamped();
    message["user"] = user_of(client);
    message["client"] = client.names.client;
    message["address"] = client.address;
    message["access"] = access;
    message["topic"] = topic;
    message["line"] = decision.line;
    message["reason"] = describe(decision.reason);
    publish(broker_, "denied", message);
}

void Audit::not_delivered(const Client& client, std::string_view topic, const Decision& decision,
                          BootTime now) {
    if (not_delivered_.admit(client.names.client, now)) {
        log_.debug("not delivered", {{"user", client.names.user.value_or("")},
                                     {"client", client.names.client},
                                     {"topic", topic},
                                     {"line", decision.line},
                                     {"reason", describe(decision.reason)}});
    }
}

void Audit::login_refused(const Client& client, std::string_view user, std::string_view reason,
                          BootTime now) {
    if (!logins_.admit(client.address, now)) {
        return;
    }
    log_.notice("login refused", {{"user", user},
                                  {"client", client.names.client},
                                  {"address", client.address},
                                  {"reason", reason}});
    auto message = stamped();
    message["user"] = user;
    message["client"] = client.names.client;
    message["address"] = client.address;
    message["reason"] = reason;
    publish(broker_, "login", message);
}

void Audit::reloaded(std::size_t users, std::size_t changed_or_removed) {
    log_.notice("users and policy reloaded",
                {{"users", users}, {"changed_or_removed", changed_or_removed}});
    auto message = stamped();
    message["accepted"] = true;
    message["users"] = users;
    message["changed_or_removed"] = changed_or_removed;
    publish(broker_, "reload", message);
}

void Audit::reload_refused(std::string_view reason) {
    log_.error(reason);
    log_.error("reload refused: the users and policy from before stay in force");
    auto message = stamped();
    message["accepted"] = false;
    message["reason"] = reason;
    publish(broker_, "reload", message);
}

void Audit::certificate(const Client& by, const control::CertificateEvent& told) {
    log_.notice("certificate",
                {{"name", told.name}, {"event", told.event}, {"client", by.names.client}});
    auto message = stamped();
    message["name"] = told.name;
    message["event"] = told.event;
    message["client"] = by.names.client;
    publish(broker_, "certificate", message);
}

void Audit::bridge_kicked(const Client& by, bool was_there) {
    log_.notice("bridge session ended on request",
                {{"client", by.names.client}, {"was_there", was_there}});
    auto message = stamped();
    message["command"] = "kick-bridge";
    message["client"] = by.names.client;
    message["was_there"] = was_there;
    publish(broker_, "control", message);
}

void Audit::count(const Counters& counters, std::size_t sessions, const Credentials& credentials) {
    auto message = stamped();
    message["sessions"] = sessions;
    message["logins"] = {{"accepted", counters.logins}, {"refused", counters.logins_refused}};
    message["passwords"] = {{"hashed", credentials.slow_checks()},
                            {"remembered", credentials.quick_checks()}};
    message["denied"] = {{"write", counters.denied_write},
                         {"subscribe", counters.denied_subscribe},
                         {"control", counters.denied_control},
                         {"limit", counters.limited}};
    message["not_delivered"] = counters.not_delivered;
    message["decisions"] = {
        {"count", counters.decisions},
        {"mean_ns", counters.timed_ns / std::max<std::uint64_t>(counters.timed, 1)},
        {"slowest_ns", counters.slowest_ns}};
    message["reloads"] = {{"accepted", counters.reloads}, {"refused", counters.reloads_refused}};
    publish(broker_, "counters", message, true);
}

void Audit::flush(BootTime now) {
    denials_.flush(now);
    logins_.flush(now);
    not_delivered_.flush(now);
}

} // namespace holdfast
