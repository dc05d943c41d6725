#include "bridge/tls_explanation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace holdfast::bridge {

namespace {

using certs::ProbeFault;
using certs::ProbeStep;
using Verdict = Finding::Verdict;

std::string place(const config::CloudSettings& cloud) {
    return fmt::format("{}:{}", cloud.address, cloud.port);
}

std::string usual_ports(const config::CloudSettings& cloud) {
    return cloud.profile->alpn_on_443.empty() ? "8883" : "8883, or 443";
}

/// Why no TCP connection came about.
std::string reaching_words(const config::CloudSettings& cloud, const certs::ProbeResult& result,
                           ProbeFault fault) {
    switch (fault) {
    case ProbeFault::name_unknown:
        return fmt::format("TCP: there is no host '{}': correct 'address' in [cloud], or this "
                           "machine's DNS",
                           cloud.address);
    case ProbeFault::name_server_silent:
        return fmt::format("TCP: no name server answered for '{}': this machine is probably "
                           "offline, or its DNS is set wrongly (/etc/resolv.conf)",
                           cloud.address);
    case ProbeFault::refused:
        return fmt::format("TCP: {} ({}) refuses the connection: nothing listens on port {}, so "
                           "either 'port' in [cloud] is wrong (usual: {}), or the cloud broker is "
                           "not running",
                           place(cloud), result.address, cloud.port, usual_ports(cloud));
    case ProbeFault::timed_out:
        return fmt::format("TCP: {} ({}) does not answer at all: a firewall on the way drops the "
                           "packets; open port {} outwards here, and inwards in the cloud's "
                           "security group",
                           place(cloud), result.address, cloud.port);
    default:
        return fmt::format("TCP: there is no way to {} ({}): look at this machine's network and "
                           "routes",
                           place(cloud), result.address);
    }
}

/// TCP stands, and TLS did not come about.
std::string handshake_words(const config::CloudSettings& cloud,
                            const certs::ProbeFinding& finding) {
    switch (finding.fault) {
    case ProbeFault::timed_out:
        return fmt::format("TLS: {} took the TCP connection and then said nothing: a firewall or "
                           "proxy between swallows what is sent, or the broker hangs",
                           place(cloud));
    case ProbeFault::not_tls:
        return fmt::format("TLS: what listens on {} does not speak TLS{}: 'port' in [cloud] is "
                           "probably wrong (usual: {})",
                           place(cloud),
                           finding.detail.empty() ? ""
                                                  : fmt::format(" (it said {})", finding.detail),
                           usual_ports(cloud));
    case ProbeFault::too_old:
        return fmt::format("TLS: {} offers {} only, and the bridge takes TLS 1.2 and later: "
                           "update the broker",
                           place(cloud), finding.detail.empty() ? "old versions" : finding.detail);
    case ProbeFault::client_certificate_missing:
    case ProbeFault::client_certificate_refused:
        return fmt::format("TLS: the cloud refuses our certificate {}{}: it is of another CA, "
                           "revoked, expired or not active there; get one that this cloud signed "
                           "or knows",
                           cloud.certificate.string(),
                           finding.detail.empty() ? "" : fmt::format(" ({})", finding.detail));
    case ProbeFault::server_name_unknown:
        return fmt::format("TLS: the server knows no name '{}': correct 'address' in [cloud]",
                           cloud.address);
    case ProbeFault::application_protocol_refused:
        return fmt::format("TLS: the server does not take the protocol '{}': correct 'alpn' in "
                           "[cloud]; AWS IoT Core wants x-amzn-mqtt-ca on port 443",
                           cloud.alpn);
    case ProbeFault::unlike:
        return fmt::format("TLS: {} and we have no cipher in common: its TLS is too old or too "
                           "narrow",
                           place(cloud));
    default:
        return fmt::format("TLS: {} ended the handshake{}: its log says why; most often our "
                           "certificate is of another CA, or a proxy is in between",
                           place(cloud),
                           finding.detail.empty() ? "" : fmt::format(" ({})", finding.detail));
    }
}

std::string clock_words(const certs::ProbeResult& result) {
    return result.clock_wrong || result.clock_doubtful
               ? "; this machine's clock is probably wrong: 'timedatectl' first"
               : "";
}

/// TLS stands, but the server is not who it should be.
std::string identity_words(const config::CloudSettings& cloud, const certs::ProbeResult& result,
                           const certs::ProbeFinding& finding) {
    const auto& leaf = result.chain.front();
    switch (finding.fault) {
    case ProbeFault::wrong_name:
        return fmt::format("TLS: the server's certificate is not for '{}' but for {}: set "
                           "'address' in [cloud] to one of those, or have the certificate issued "
                           "again with this one",
                           cloud.address,
                           leaf.names.empty() ? "no name at all"
                                              : fmt::format("{}", fmt::join(leaf.names, ", ")));
    case ProbeFault::expired:
        return fmt::format("TLS: the certificate of {} expired on {}: have it renewed at the "
                           "cloud{}",
                           finding.detail.empty() ? leaf.subject : finding.detail,
                           certs::utc_text(leaf.not_after), clock_words(result));
    case ProbeFault::not_yet_valid:
        return fmt::format("TLS: the certificate of {} is not valid before {}{}",
                           finding.detail.empty() ? leaf.subject : finding.detail,
                           certs::utc_text(leaf.not_before), clock_words(result));
    case ProbeFault::unknown_authority:
        return fmt::format("TLS: the server's certificate is signed by '{}', which is not the CA "
                           "in {}: put the CA of this cloud there",
                           leaf.issuer, cloud.ca.string());
    case ProbeFault::incomplete_chain:
        return fmt::format("TLS: the server does not send the certificate between its own (signed "
                           "by '{}') and the CA in {}: have the whole chain put into its certfile",
                           leaf.issuer, cloud.ca.string());
    case ProbeFault::wrong_usage:
        return fmt::format("TLS: the certificate that {} shows is not for a server: have one "
                           "issued for TLS servers",
                           place(cloud));
    default:
        return fmt::format("TLS: the server's certificate does not verify ({})", finding.detail);
    }
}

std::string words(const config::CloudSettings& cloud, const certs::ProbeResult& result,
                  const certs::ProbeFinding& finding) {
    switch (result.reached) {
    case ProbeStep::look_up:
    case ProbeStep::connect:
        return reaching_words(cloud, result, finding.fault);
    case ProbeStep::handshake:
        return handshake_words(cloud, finding);
    case ProbeStep::judge:
    case ProbeStep::done:
        break;
    }
    return result.chain.empty() || finding.fault == ProbeFault::client_certificate_refused ||
                   finding.fault == ProbeFault::client_certificate_missing
               ? handshake_words(cloud, finding)
               : identity_words(cloud, result, finding);
}

} // namespace

certs::ProbeTarget probe_target(const config::CloudSettings& cloud) {
    certs::ProbeTarget target;
    target.host = cloud.address;
    target.port = cloud.port;
    target.ca = cloud.ca;
    target.certificate = cloud.certificate;
    target.key = cloud.key;
    target.alpn = cloud.alpn;
    return target;
}

Findings explain(const config::CloudSettings& cloud, const certs::ProbeResult& result) {
    Findings findings;
    if (result.reached > ProbeStep::connect) {
        findings.push_back({Verdict::good, fmt::format("TCP: connected to {}", result.address)});
    }
    if (result.fine() && !result.chain.empty()) {
        findings.push_back(
            {Verdict::good, fmt::format("TLS: {}; the server is '{}', until {}", result.protocol,
                                        result.chain.front().subject,
                                        certs::utc_text(result.chain.front().not_after))});
    }
    for (const auto& finding : result.findings) {
        findings.push_back({Verdict::bad, words(cloud, result, finding)});
    }
    return findings;
}

} // namespace holdfast::bridge
