#include "plugin/authority.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/identities.hpp"
#include "core/topics.hpp"

#include <malloc.h>

#include <chrono>
#include <utility>

namespace holdfast {

namespace {

// Where no tick tells that Mosquitto has asked about all sessions (see docs/plugin.md).
constexpr BootTime sessions_asked_at_most = std::chrono::minutes(1);

// Taking the time costs about as much as a small decision.
constexpr std::uint64_t decisions_per_timed_one = 64;

Users load_users(const std::filesystem::path& path) {
    return Users::parse(read_file(path), path.string());
}

/// Without the file that was asked for, it is as without the option: the broker serves.
LoginMemory login_memory(const std::filesystem::path& path, std::size_t users, const Log& log) {
    try {
        if (!path.empty()) {
            return LoginMemory::in_file(path, users, log);
        }
    } catch (const Error& error) {
        log.error("verified logins will be forgotten when the broker ends",
                  {{"reason", error.what()}});
    }
    return LoginMemory::of_process(users);
}

Credentials load_credentials(const PluginOptions& options, const Log& log) {
    auto users = load_users(options.users);
    auto memory = login_memory(options.login_memory, users.all().size(), log);
    return {std::move(users), std::move(memory)};
}

Policy load_policy(const std::filesystem::path& path) {
    return Policy(parse_policy(read_file(path), path.string()));
}

Revocations load_revocations(const std::filesystem::path& path) {
    return path.empty() ? Revocations() : Revocations::parse(read_file(path), path.string());
}

/// The text and the parsed lines of large files take more memory than what is made of them.
void give_back_memory() noexcept {
    malloc_trim(0);
}

std::vector<std::filesystem::path> files_of(const PluginOptions& options) {
    std::vector<std::filesystem::path> files{options.users, options.policy};
    if (!options.crl.empty()) {
        files.push_back(options.crl);
    }
    return files;
}

/// What is retained on its way up and back is of no use here: at the cloud it is retained too. But
/// with every try to connect the bridge would put all of it into its queue once more.
bool only_passes(std::string_view topic) {
    return topic.rfind(topics::up, 0) == 0 || topic.rfind(topics::receipts, 0) == 0;
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
    , watch_(files_of(options_))
    , audit_(log, broker)
    , gate_(load_credentials(options_, log), load_revocations(options_.crl),
            {options_.certificate_needs_password, options_.refuse_anonymous}, audit_, counters_)
    , policy_(load_policy(options_.policy)) {
    give_back_memory();
    log.info("users and policy loaded", {{"users", credentials().users().all().size()}});
}

std::optional<std::vector<std::string>> Authority::take_files() {
    watch_.mark();
    try {
        auto users = load_users(options_.users);
        auto revocations = load_revocations(options_.crl);
        auto policy = load_policy(options_.policy);
        auto changed = gate_.replace(std::move(users), std::move(revocations));
        policy_ = std::move(policy);
        quotas_.forget_messages();
        give_back_memory();
        ++counters_.reloads;
        audit_.reloaded(credentials().users().all().size(), changed.size());
        return changed;
    } catch (const std::exception& error) {
        ++counters_.reloads_refused;
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
    if (counter_schedule_.due(counters_, sessions(), now)) {
        audit_.count(counters_, sessions(), credentials());
    }
    if (!watch_.changed(now)) {
        return;
    }
    const auto changed = take_files();
    if (!changed) {
        return;
    }
    for (const auto& user : *changed) {
        broker_.end_sessions_of(user);
    }
    for (const auto& client : gate_.unwelcome(policy_)) {
        broker_.end_session(client);
    }
}

Gate::Answer Authority::login(const Login& login, BootTime now) {
    return gate_.login(login, policy_, now < sessions_asked_until_, now);
}

bool Authority::allows(Access access, const Client& client, std::string_view topic,
                       const Moment& now, std::uint64_t payload_bytes) {
    if (!client.present && access == Access::write) {
        if (only_passes(topic)) {
            return false;
        }
        if (client.names.client == identities::bridge_client) {
            return true; // as when it brought the message
        }
    }
    const auto decision = ++counters_.decisions % decisions_per_timed_one == 0
                              ? decide_in_time(access, client.names, topic)
                              : decide(access, client.names, topic);
    if (!decision.allowed) {
        refused(access, client, topic, decision, now.time());
        return false;
    }
    if (const auto limited = exceeds(access, client, topic, payload_bytes, now)) {
        ++counters_.limited;
        audit_.denied(client, name_of(access), topic, *limited, now.time());
        return false;
    }
    return true;
}

void Authority::refused(Access access, const Client& client, std::string_view topic,
                        const Decision& decision, BootTime now) {
    if (access == Access::read) {
        ++counters_.not_delivered;
        audit_.not_delivered(client, topic, decision, now);
        return;
    }
    auto& count = access == Access::write ? counters_.denied_write : counters_.denied_subscribe;
    ++count;
    audit_.denied(client, name_of(access), topic, decision, now);
}

std::optional<Decision> Authority::exceeds(Access access, const Client& client,
                                           std::string_view topic, std::uint64_t payload_bytes,
                                           const Moment& now) {
    const auto* limits = access == Access::read || !client.present || !client.names.user
                             ? nullptr
                             : policy_.limits_of(*client.names.user);
    if (limits == nullptr) {
        return std::nullopt;
    }
    using Reason = Decision::Reason;
    if (access == Access::subscribe) {
        const auto& most = limits->subscriptions;
        if (most && !client.has_subscriptions) {
            quotas_.forget(client.names.client); // those of an earlier session
        }
        return !most || quotas_.admit_subscription(client.names.client, topic, most->most)
                   ? std::optional<Decision>()
                   : Decision{false, most->line, Reason::too_many_subscriptions};
    }
    if (const auto& most = limits->payload_bytes; most && payload_bytes > most->most) {
        return Decision{false, most->line, Reason::too_large};
    }
    if (const auto& publish = limits->publish;
        publish && !quotas_.admit_message(*client.names.user, *publish, now.time())) {
        return Decision{false, publish->line, Reason::too_fast};
    }
    return std::nullopt;
}

void Authority::unsubscribed(const Client& client, std::string_view filter) {
    quotas_.unsubscribed(client.names.client, filter);
}

void Authority::control(const Client& client, std::string_view payload, BootTime now) {
    // Ending the session whose message is being handled would pull it from under the broker.
    if (client.names.user != identities::edge_user ||
        client.names.client == identities::bridge_client) {
        ++counters_.denied_control;
        audit_.denied(client, "control", topics::control, {false, 0, Decision::Reason::not_daemon},
                      now);
        return;
    }
    const auto command = control::parse(payload);
    if (!command) {
        ++counters_.denied_control;
        audit_.denied(client, "control", topics::control, {false, 0, Decision::Reason::no_command},
                      now);
    } else if (const auto* const told = std::get_if<control::CertificateEvent>(&*command)) {
        audit_.certificate(client, *told);
    } else {
        audit_.bridge_kicked(client, broker_.end_session(std::string(identities::bridge_client)));
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

Decision Authority::decide_in_time(Access access, const ClientNames& names,
                                   std::string_view topic) {
    const auto begin = std::chrono::steady_clock::now();
    const auto decision = decide(access, names, topic);
    const auto taken = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::steady_clock::now() - begin);
    counters_.time(static_cast<std::uint64_t>(taken.count()));
    return decision;
}

} // namespace holdfast
