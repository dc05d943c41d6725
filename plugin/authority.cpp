#include "plugin/authority.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <utility>

namespace holdfast {

namespace {

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

Authority::Authority(PluginOptions options, Log log, HostBroker& broker)
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
        audit_.reloaded(credentials_.users().all().size(), changed.size());
        return changed;
    } catch (const std::exception& error) {
        audit_.reload_refused(error.what());
        return std::nullopt;
    }
}

void Authority::tick(BootTime now) {
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
    if (password && credentials_.verify(user, *password, now)) {
        return true;
    }
    audit_.login_refused(client, user, password ? "unknown user or wrong password" : "no password",
                         now);
    return false;
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

Decision Authority::decide(Access access, const ClientNames& names, std::string_view topic) const {
    switch (access) {
    case Access::subscribe:
        return policy_.decide_subscription(names, topic);
    case Access::read:
        return policy_.decide(Policy::Access::read, names, topic);
    case Access::write:
        break;
    }
    if (topic.starts_with(Audit::root)) {
        return {false, 0, Decision::Reason::reserved};
    }
    return policy_.decide(Policy::Access::write, names, topic);
}

} // namespace holdfast
