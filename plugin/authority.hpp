#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "plugin/audit.hpp"
#include "plugin/control.hpp"
#include "plugin/counters.hpp"
#include "plugin/file_watch.hpp"
#include "plugin/gate.hpp"
#include "plugin/host_broker.hpp"
#include "plugin/moment.hpp"
#include "plugin/options.hpp"
#include "plugin/policy.hpp"
#include "plugin/quotas.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// Everything the plugin knows and decides; plugin.cpp only carries questions to it. One thread.
class Authority {
public:
    enum class Access { read, write, subscribe };

    /// Throws Error when a file cannot be read or is not valid.
    Authority(PluginOptions options, const Log& log, HostBroker& broker);
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    /// Replaces users, policy and revocations, or none: a file that is not valid is logged and the
    /// old ones stay. Whether they were replaced. For SIGHUP, after which Mosquitto itself asks
    /// again about every session.
    bool reload(BootTime now);

    /// A user without a password is refused, and one who has no more tries (Guard). What Mosquitto
    /// asks after reload() and before the next tick() is about sessions that exist: a no ends them
    /// and does not count as a try.
    Gate::Answer login(const Login& login, BootTime now);
    void left(const void* handle) noexcept { gate_.left(handle); }

    /// `payload_bytes` of what is to be written. Nobody may write below topics::audit.
    bool allows(Access access, const Client& client, std::string_view topic, const Moment& now,
                std::uint64_t payload_bytes = 0);
    void unsubscribed(const Client& client, std::string_view filter);
    /// A message on topics::control, which the policy let through: does what it asks for if the
    /// daemon asks.
    void control(const Client& client, std::string_view payload, BootTime now);
    /// Takes files that have changed, as reload() does, and ends the sessions of users whose line
    /// changed or went and of clients that could not log in any more. Cheap, for it comes
    /// often.
    void tick(BootTime now);

    const PluginOptions& options() const noexcept { return options_; }
    const Policy& policy() const noexcept { return policy_; }
    const Credentials& credentials() const noexcept { return gate_.credentials(); }
    const Counters& counters() const noexcept { return counters_; }
    std::size_t sessions() const noexcept { return gate_.sessions(); }

private:
    /// The users that changed or went, unless a file was refused.
    std::optional<std::vector<std::string>> take_files();
    Decision decide(Access access, const ClientNames& names, std::string_view topic) const;
    Decision decide_in_time(Access access, const ClientNames& names, std::string_view topic);
    /// What a limit says to what the rules allow.
    std::optional<Decision> exceeds(Access access, const Client& client, std::string_view topic,
                                    std::uint64_t payload_bytes, const Moment& now);
    void refused(Access access, const Client& client, std::string_view topic,
                 const Decision& decision, BootTime now);

    PluginOptions options_;
    HostBroker& broker_;
    FileWatch watch_;
    Audit audit_;
    Counters counters_;
    CounterSchedule counter_schedule_;
    Gate gate_;
    Policy policy_;
    Quotas quotas_;
    BootTime sessions_asked_until_{0};
};

} // namespace holdfast
