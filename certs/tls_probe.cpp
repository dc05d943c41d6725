#include "certs/tls_probe.hpp"

#include "certs/check.hpp"
#include "certs/pem.hpp"
#include "certs/server_judgement.hpp"
#include "certs/tls_session.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::certs {

namespace {

std::optional<Certificates> trusted(const ProbeTarget& target) {
    if (target.ca.empty()) {
        return std::nullopt;
    }
    return load_certificates(target.ca, Remedy::make_authority);
}

std::optional<Identity> identity(const ProbeTarget& target) {
    if (target.certificate.empty() != target.key.empty()) {
        throw Error("a client certificate needs its key, and a key its certificate: give both");
    }
    if (target.certificate.empty()) {
        return std::nullopt;
    }
    Identity own{load_certificates(target.certificate, Remedy::issue_again),
                 load_key(target.key, Remedy::issue_again)};
    if (const auto fault = pair_fault(*own.chain.front(), *own.key)) {
        throw InputError(target.certificate.string(), 0,
                         fmt::format("{} {}; restore both from the same place, or issue both again",
                                     *fault, target.key.string()));
    }
    return own;
}

ProbeFault fault_of(TcpFault fault) {
    switch (fault) {
    case TcpFault::name_unknown:
        return ProbeFault::name_unknown;
    case TcpFault::name_server_silent:
        return ProbeFault::name_server_silent;
    case TcpFault::refused:
        return ProbeFault::refused;
    case TcpFault::timed_out:
        return ProbeFault::timed_out;
    case TcpFault::none:
    case TcpFault::reset:
    case TcpFault::unreachable:
        break;
    }
    return ProbeFault::unreachable;
}

std::vector<Description> describe_all(const Certificates& certificates) {
    std::vector<Description> descriptions;
    std::transform(certificates.begin(), certificates.end(), std::back_inserter(descriptions),
                   [](const auto& certificate) { return describe(*certificate); });
    return descriptions;
}

/// A clock that stands before our own authority was made was never set.
bool clock_wrong(TimePoint now, const std::vector<Description>& authorities) {
    return now < earliest_credible ||
           std::any_of(authorities.begin(), authorities.end(),
                       [now](const auto& authority) { return now < authority.not_before; });
}

/// The TLS half of a probe, on a connection that stands.
void meet(ProbeResult& result, TcpConnection& connection, const ProbeTarget& target,
          const std::optional<Certificates>& authorities, const std::optional<Identity>& own,
          Deadline deadline) {
    const auto& name = target.server_name.empty() ? target.host : target.server_name;
    TlsSession session(connection, name, target.alpn, own);
    result.reached = ProbeStep::handshake;
    auto finding = session.shake_hands(deadline);
    if (!finding) {
        result.protocol = session.protocol();
        result.cipher = session.cipher();
        result.alpn = session.alpn();
        finding = session.hear_verdict(
            std::min(deadline, std::chrono::steady_clock::now() + target.verdict_patience));
    }
    result.client_certificate_wanted = session.certificate_wanted();
    const auto chain = session.chain();
    result.chain = describe_all(chain);
    if (finding) {
        result.findings.push_back(std::move(*finding));
    } else {
        result.reached = ProbeStep::judge;
    }
    if (!chain.empty()) {
        const auto faults = judge_server(chain, authorities, name, target.clock.now);
        result.findings.insert(result.findings.end(), faults.begin(), faults.end());
    }
}

} // namespace

ProbeClock probe_clock() {
    return {std::chrono::system_clock::now(), clock_synchronised()};
}

bool ProbeResult::has(ProbeFault fault) const noexcept {
    return std::any_of(findings.begin(), findings.end(),
                       [fault](const auto& finding) { return finding.fault == fault; });
}

ProbeResult probe_tls(const ProbeTarget& target) {
    const auto authorities = trusted(target);
    const auto own = identity(target);
    const auto deadline = std::chrono::steady_clock::now() + target.limit;
    ProbeResult result;
    if (authorities) {
        result.authorities = describe_all(*authorities);
    }
    result.clock_wrong = clock_wrong(target.clock.now, result.authorities);
    result.clock_doubtful = !result.clock_wrong && !target.clock.synchronised;
    TcpConnection connection(target.host, target.port, deadline);
    result.address = connection.address();
    if (connection.fault() != TcpFault::none) {
        result.reached = connection.resolved() ? ProbeStep::connect : ProbeStep::look_up;
        result.findings.push_back({fault_of(connection.fault())});
        return result;
    }
    meet(result, connection, target, authorities, own, deadline);
    if (result.fine()) {
        result.reached = ProbeStep::done;
    }
    return result;
}

} // namespace holdfast::certs
