#include "plugin/authority.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/identities.hpp"
#include "core/topics.hpp"

#include <utility>

namespace holdfast {

namespace {

constexpr std::string_view wrong_password = "unknown user or wrong password";
constexpr std::string_view too_many_wrong = "too many wrong passwords, not checked for a while";

// Where no tick tells that Mosquitto has asked about all sessions (see docs/plugin.md).
constexpr BootTime sessions_asked_at_most = std::chrono::minutes(1);

Users load_users(const std::filesystem::path& path) {
    return Users::parse(read_file(path), path.string());
}

Policy load_policy(const std::filesystem::path& path) {
    return Policy(parse_policy(read_file(path), path.string()));
}

std::string_view name_of(Authority::Access access) {
    switch (access) {
    case Authority::Access::read:
        return "read";
    case Authority::Access::write:
        return "write";
    case Authority::Access::subscribe:
        return "subscribe";
    }
    return "unknown";
}

} // namespace

Authority::Authority(PluginOptions options, const Log& log, HostBroker& broker)
    : options_(std::move(options))
    , broker_(broker)
    , watch_({options_.users, options_.policy})
    , audit_(log, broker)
    , credentials_(load_users(options_.users))
    , policy_(load_policy(options_.policy)) {
    log.info("users and policy loaded", {{"users", credentials_.users().all().size()}});
}

std::optional<std::vector<std::string>> Authority::take_files() {
    watch_.mark();
    try {
        auto users = load_users(options_.users);
        auto policy = load_policy(options_.policy);
        auto changed = credentials_.replace(std::move(users));
        policy_ = std::move(policy);
        guard_.forget_all();
        audit_.reloaded(credentials_.users().all().size(), changed.size());
        return changed;
    } catch (const std::exception& error) {
        audit_.reload_refused(error.what());
        return std::nullopt;
    }
}

bool Authority::reload(BootTime now) {
    sessions_asked_until_ = now + sessions_asked_at_most;
    return take_files().has_value();
}

void Authority::tick(BootTime now) {
    sessions_asked_until_ = BootTime{0};
    audit_.flush(now);
    if (!watch_.changed(now)) {
        return;
    }
    for (const auto& user : take_files().value_or(std::vector<std::string>{})) {
        broker_.end_sessions_of(user);
    }
}

bool Authority::login(const Client& client, std::string_view user,
                      std::optional<std::string_view> password, BootTime now) {
    if (!password) {
        audit_.login_refused(client, user, "no password", now);
        return false;
    }
    if (now >= sessions_asked_until_) {
        return may_enter(client, user, *password, now);
    }
    const bool valid = credentials_.verify(user, *password, now);
    if (!valid) {
        audit_.login_refused(client, user, wrong_password, now);
    }
    return valid;
}

bool Authority::may_enter(const Client& client, std::string_view user, std::string_view password,
                          BootTime now) {
    const auto attempt = guard_.judge(user, client.address, now);
    const auto verdict = attempt.verdict();
    const bool entered =
        (verdict == Guard::Verdict::check && credentials_.verify(user, password, now)) ||
        (verdict == Guard::Verdict::known_only && credentials_.recognises(user, password, now));
    if (entered) {
        guard_.succeeded(attempt);
    } else {
        guard_.failed(attempt, now);
        audit_.login_refused(
            client, user, verdict == Guard::Verdict::check ? wrong_password : too_many_wrong, now);
    }
    return entered;
}

bool Authority::allows(Access access, const Client& client, std::string_view topic, BootTime now) {
    const auto decision = decide(access, client.names, topic);
    if (!decision.allowed && access == Access::read) {
        audit_.not_delivered(client, topic, decision, now);
    } else if (!decision.allowed) {
        audit_.denied(client, name_of(access), topic, decision, now);
    }
    return decision.allowed;
}

void Authority::control(const Client& client, std::string_view payload, BootTime now) {
    // Ending the session whose message is being handled would pull it from under the broker.
    if (client.names.user != identities::edge_user ||
        client.names.client == identities::bridge_client) {
        audit_.denied(client, "control", topics::control, {false, 0, Decision::Reason::not_daemon},
                      now);
    } else if (control::parse(payload)) {
        audit_.bridge_kicked(client, broker_.end_session(std::string(identities::bridge_client)));
    } else {
        audit_.denied(client, "control", topics::control, {false, 0, Decision::Reason::no_command},
                      now);
    }
}

Decision Authority::decide(Access access, const ClientNames& names, std::string_view topic) const {
    switch (access) {
    case Access::subscribe:
        return policy_.decide_subscription(names, topic);
    case Access::read:
        return policy_.decide(Policy::Access::read, names, topic);
    case Access::write:
        break;
    }
    return policy_.decide(Policy::Access::write, names, topic);
}

} // namespace holdfast
