#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "plugin/audit.hpp"
#include "plugin/client.hpp"
#include "plugin/control.hpp"
#include "plugin/credentials.hpp"
#include "plugin/file_watch.hpp"
#include "plugin/guard.hpp"
#include "plugin/host_broker.hpp"
#include "plugin/options.hpp"
#include "plugin/policy.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// Everything the plugin knows and decides; plugin.cpp only carries questions to it. One thread.
class Authority {
public:
    enum class Access { read, write, subscribe };

    /// Throws Error when either file cannot be read or is not valid.
    Authority(PluginOptions options, const Log& log, HostBroker& broker);
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    /// Replaces users and policy, or neither: a file that is not valid is logged and the old ones
    /// stay. Whether they were replaced. For SIGHUP, after which Mosquitto itself asks again about
    /// every session.
    bool reload(BootTime now);

    /// A user without a password is refused, and one who has no more tries (Guard). What Mosquitto
    /// asks after reload() and before the next tick() is about sessions that exist: a no ends them
    /// and does not count as a try.
    bool login(const Client& client, std::string_view user,
               std::optional<std::string_view> password, BootTime now);
    /// Nobody may write below holdfast/audit/, whatever the policy says.
    bool allows(Access access, const Client& client, std::string_view topic, BootTime now);
    /// A message on topics::control, which the policy let through: does what it asks for if the
    /// daemon asks.
    void control(const Client& client, std::string_view payload, BootTime now);
    /// Takes files that have changed, as reload() does, and ends the sessions of users whose line
    /// changed or went. Cheap, for it comes up to 17 000 times a second.
    void tick(BootTime now);

    const Policy& policy() const noexcept { return policy_; }
    const Credentials& credentials() const noexcept { return credentials_; }

private:
    bool may_enter(const Client& client, std::string_view user, std::string_view password,
                   BootTime now);
    /// The users that changed or went, unless a file was refused.
    std::optional<std::vector<std::string>> take_files();
    Decision decide(Access access, const ClientNames& names, std::string_view topic) const;

    PluginOptions options_;
    HostBroker& broker_;
    FileWatch watch_;
    Audit audit_;
    Credentials credentials_;
    Policy policy_;
    Guard guard_;
    BootTime sessions_asked_until_{0};
};

} // namespace holdfast
