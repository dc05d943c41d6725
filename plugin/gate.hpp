#pragma once

#include "plugin/audit.hpp"
#include "plugin/certificate.hpp"
#include "plugin/counters.hpp"
#include "plugin/credentials.hpp"
#include "plugin/guard.hpp"
#include "plugin/policy.hpp"
#include "plugin/sessions.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast {

/// A client that wants in.
struct Login {
    Client client;
    std::optional<std::string_view> user; ///< that it gave
    std::optional<std::string_view> password;
    std::optional<ClientCertificate> certificate = {}; ///< that TLS has verified
};

/// Who comes in, and who is in.
///
/// - by password: Credentials and Guard
/// - by certificate, where it has a user: that user must be in the users file and not disabled; a
///   user name that the client gives beside it must be the same; the password is looked at only
///   where both are required
/// - a revoked certificate never
/// - and only as the policy's `clientid` and `from` lines allow
class Gate {
public:
    enum class Answer {
        yes,
        no,
        not_asked, ///< neither user name nor certificate: the broker's allow_anonymous decides
    };
    /// What it takes to come in, beyond what the files say.
    struct Demands {
        bool password_beside_certificate = false;
        bool name_from_everybody = false; ///< nothing is left to the broker
    };

    Gate(Credentials credentials, Revocations revocations, const Demands& demands, Audit& audit,
         Counters& counters);

    /// `is_session`: the broker asks about a session that exists, which is no try to come in.
    Answer login(const Login& login, const Policy& policy, bool is_session, BootTime now);
    void left(const void* handle) noexcept { sessions_.ended(handle); }

    /// What is new in the files. The users that changed or went: their sessions must end.
    std::vector<std::string> replace(Users users, Revocations revocations);
    /// The clients that could not log in any more as they are.
    std::vector<std::string> unwelcome(const Policy& policy) const;

    const Credentials& credentials() const noexcept { return credentials_; }
    std::size_t sessions() const noexcept { return sessions_.size(); }

private:
    /// Each gives the reason of a refusal.
    using Refusal = std::optional<std::string_view>;
    Refusal refuse(const Login& login, const Policy& policy, bool is_session, BootTime now);
    Refusal refuse_certificate(const Login& login) const;
    Refusal refuse_password(const Client& client, std::string_view user,
                            std::optional<std::string_view> password, bool is_session,
                            BootTime now);

    Audit& audit_;
    Counters& counters_;
    Credentials credentials_;
    Revocations revocations_;
    Demands demands_;
    Guard guard_;
    Sessions sessions_;
};

} // namespace holdfast
