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
    , log_(std::move(log))
    , broker_(broker)
    , watch_({options_.users, options_.policy})
    , credentials_(load_users(options_.users))
    , policy_(load_policy(options_.policy))
    , denials_(log_) {
    log_.info("users and policy loaded", {{"users", credentials_.users().all().size()}});
}

std::optional<std::vector<std::string>> Authority::take_files() {
    watch_.mark();
    std::vector<std::string> changed;
    try {
        auto users = load_users(options_.users);
        auto policy = load_policy(options_.policy);
        changed = credentials_.replace(std::move(users));
        policy_ = std::move(policy);
    } catch (const std::exception& error) {
        log_.error(error.what());
        log_.error("reload refused: the users and policy from before stay in force");
        return std::nullopt;
    }
    log_.notice("users and policy reloaded", {{"users", credentials_.users().all().size()},
                                              {"changed_or_removed", changed.size()}});
    return changed;
}

void Authority::tick(BootTime now) {
    denials_.flush(now);
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
    if (denials_.admit(client.names.client, now)) {
        log_.notice("login refused",
                    {{"user", user},
                     {"client", client.names.client},
                     {"address", client.address},
                     {"reason", password ? "unknown user or wrong password" : "no password"}});
    }
    return false;
}

bool Authority::allows(Access access, const Client& client, std::string_view topic, BootTime now) {
    const auto decision = decide(access, client.names, topic);
    if (!decision.allowed && denials_.admit(client.names.client, now)) {
        log_denial(access, client, topic, decision);
    }
    return decision.allowed;
}

Decision Authority::decide(Access access, const ClientNames& names, std::string_view topic) const {
    if (access == Access::subscribe) {
        return policy_.decide_subscription(names, topic);
    }
    return policy_.decide(access == Access::read ? Policy::Access::read : Policy::Access::write,
                          names, topic);
}

void Authority::log_denial(Access access, const Client& client, std::string_view topic,
                           const Decision& decision) const {
    const auto log = access == Access::read ? &Log::debug : &Log::notice;
    (log_.*log)("denied", {{"user", client.names.user.value_or("")},
                           {"client", client.names.client},
                           {"address", client.address},
                           {"access", name_of(access)},
                           {"topic", topic},
                           {"line", decision.line},
                           {"reason", describe(decision.reason)}});
}

} // namespace holdfast
