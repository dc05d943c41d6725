#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "plugin/client.hpp"
#include "plugin/control.hpp"
#include "plugin/counters.hpp"
#include "plugin/credentials.hpp"
#include "plugin/host_broker.hpp"
#include "plugin/policy.hpp"
#include "plugin/throttle.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// Tells the owner what was refused and what was reloaded: a log line and a JSON message below
/// `holdfast/audit/` each (docs/plugin.md), where nobody else may write. Never a password or a
/// payload.
///
/// - bounded: see Throttle; denials by client id, refused logins by address
/// - a message that a subscriber may not read is merely not delivered: a debug line and no message,
///   so that no audit message can ever be the cause of another
class Audit {
public:
    Audit(Log log, HostBroker& broker);
    Audit(const Audit&) = delete;
    Audit& operator=(const Audit&) = delete;

    /// `access` in words.
    void denied(const Client& client, std::string_view access, std::string_view topic,
                const Decision& decision, BootTime now);
    void not_delivered(const Client& client, std::string_view topic, const Decision& decision,
                       BootTime now);
    void login_refused(const Client& client, std::string_view user, std::string_view reason,
                       BootTime now);
    void reloaded(std::size_t users, std::size_t changed_or_removed);
    void reload_refused(std::string_view reason);
    /// What a program of the appliance says of one of its certificates.
    void certificate(const Client& by, const control::CertificateEvent& told);
    /// `was_there` says whether the bridge had a session.
    void bridge_kicked(const Client& by, bool was_there);
    /// A retained message that stands for all that was counted; no log line.
    void count(const Counters& counters, std::size_t sessions, const Credentials& credentials);
    /// Tells the counts that are due. Cheap when there are none.
    void flush(BootTime now);

private:
    using Source = std::optional<std::string_view>;
    void tell_more(std::string_view kind, std::string_view source_is, Source source,
                   std::uint64_t count);

    Log log_;
    HostBroker& broker_;
    Throttle denials_;
    Throttle logins_;
    Throttle not_delivered_;
};

} // namespace holdfast
