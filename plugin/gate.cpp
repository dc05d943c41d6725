#include "plugin/gate.hpp"

#include <utility>

namespace holdfast {

namespace {

constexpr std::string_view anonymous = "no user name; 'holdfast user add NAME' makes a user";
constexpr std::string_view no_password = "no password";
constexpr std::string_view wrong_password = "unknown user or wrong password";
constexpr std::string_view too_many_wrong = "too many wrong passwords, not checked for a while";
constexpr std::string_view revoked = "the certificate is revoked";
constexpr std::string_view nameless = "the certificate does not name one user";
constexpr std::string_view other_name = "the user name is not the one of the certificate";
constexpr std::string_view unknown_holder = "the user of the certificate is unknown or disabled";

std::optional<std::string_view> user_of(const Login& login) {
    const auto& certificate = login.certificate;
    return certificate && certificate->user ? std::optional<std::string_view>(*certificate->user)
                                            : login.user;
}

} // namespace

Gate::Gate(Credentials credentials, Revocations revocations, const Demands& demands, Audit& audit,
           Counters& counters)
    : audit_(audit)
    , counters_(counters)
    , credentials_(std::move(credentials))
    , revocations_(std::move(revocations))
    , demands_(demands) {}

Gate::Answer Gate::login(const Login& login, const Policy& policy, bool is_session, BootTime now) {
    const auto user = user_of(login);
    if (!user && !login.certificate && !demands_.name_from_everybody) {
        return Answer::not_asked;
    }
    if (const auto reason = refuse(login, policy, is_session, now)) {
        audit_.login_refused(login.client, user.value_or(std::string_view{}), *reason, now);
        ++counters_.logins_refused;
        return Answer::no;
    }
    if (!user) {
        return Answer::not_asked;
    }
    if (!is_session) {
        ++counters_.logins;
        sessions_.began(login.client, *user, login.certificate ? login.certificate->id : "");
    }
    return Answer::yes;
}

Gate::Refusal Gate::refuse(const Login& login, const Policy& policy, bool is_session,
                           BootTime now) {
    if (const auto reason = refuse_certificate(login)) {
        return reason;
    }
    const auto user = user_of(login);
    if (!user) {
        return demands_.name_from_everybody ? Refusal(anonymous) : std::nullopt;
    }
    const bool by_certificate = login.certificate && login.certificate->user;
    if (!by_certificate || demands_.password_beside_certificate) {
        if (const auto reason =
                refuse_password(login.client, *user, login.password, is_session, now)) {
            return reason;
        }
    }
    const auto admission = policy.admits({user, login.client.names.client}, login.client.address);
    return admission.allowed ? Refusal() : describe(admission.reason);
}

Gate::Refusal Gate::refuse_certificate(const Login& login) const {
    if (!login.certificate) {
        return std::nullopt;
    }
    const auto& certificate = *login.certificate;
    if (revocations_.has(certificate.id)) {
        return revoked;
    }
    if (!certificate.names_user) {
        return std::nullopt;
    }
    if (!certificate.user) {
        return nameless;
    }
    if (login.user && *login.user != *certificate.user) {
        return other_name;
    }
    return credentials_.users().find(*certificate.user) != nullptr ? Refusal()
                                                                   : Refusal(unknown_holder);
}

Gate::Refusal Gate::refuse_password(const Client& client, std::string_view user,
                                    std::optional<std::string_view> password, bool is_session,
                                    BootTime now) {
    using Verdict = Guard::Verdict;
    if (!password) {
        return no_password;
    }
    if (is_session) {
        return credentials_.verify(user, *password, now) ? Refusal() : wrong_password;
    }
    const auto attempt = guard_.judge(user, client.address, now);
    const auto verdict = attempt.verdict();
    if ((verdict == Verdict::check && credentials_.verify(user, *password, now)) ||
        (verdict == Verdict::known_only && credentials_.recognises(user, *password, now))) {
        guard_.succeeded(attempt);
        return std::nullopt;
    }
    guard_.failed(attempt, now);
    return verdict == Verdict::check ? wrong_password : too_many_wrong;
}

std::vector<std::string> Gate::replace(Users users, Revocations revocations) {
    revocations_ = std::move(revocations);
    guard_.forget_all();
    return credentials_.replace(std::move(users));
}

std::vector<std::string> Gate::unwelcome(const Policy& policy) const {
    return sessions_.clients_of([&](const Sessions::Session& session) {
        return revocations_.has(session.certificate) ||
               !policy.admits({session.user, session.client}, session.address).allowed;
    });
}

} // namespace holdfast
