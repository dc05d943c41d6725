#include "certs/probe_words.hpp"

#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace holdfast::certs {

namespace {

/// What a finding is called; the parts in braces are those of words_for.
struct Words {
    ProbeFault fault;
    std::string_view text;
};

constexpr std::array words{
    Words{ProbeFault::name_unknown,
          "nobody knows the name {host}: check how it is spelt, or give an address"},
    Words{ProbeFault::name_server_silent,
          "the name server does not answer, so {host} has no address: check this machine's network "
          "('ip route', 'resolvectl status')"},
    Words{ProbeFault::refused, "{address} is there and nothing listens on its port {port}: start "
                               "the broker, or check the port"},
    Words{ProbeFault::unreachable, "there is no way from here to {address} port {port}: check this "
                                   "machine's network ('ip route')"},
    Words{ProbeFault::closed, "the server ended the connection in the middle of the handshake: its "
                              "own log says why"},
    Words{ProbeFault::unlike, "the server and this machine have no cipher in common: let the "
                              "server take the usual ones (in Mosquitto: no 'ciphers' line)"},
    Words{ProbeFault::wrong_key,
          "the server has another key than the one of the certificate that it shows: give it the "
          "key and the certificate of one issue, and restart it"},
    Words{ProbeFault::wrong_usage,
          "the certificate \"{subject}\" is not for a server: give the server one that is "
          "(usage serverAuth), as 'holdfast cert issue server' makes it"},
    Words{ProbeFault::wrong_name,
          "the certificate is not for {name}: it is for {names}; connect by one of those, or have "
          "it issued again with {name} among its names"},
    Words{ProbeFault::bad_chain, "the chain of certificates is not sound ({detail}): have the "
                                 "server's certificate issued again"},
    Words{ProbeFault::client_certificate_missing,
          "the server lets in only who shows a certificate: give yours with --certificate and "
          "--key"},
    Words{ProbeFault::server_name_unknown,
          "there is a server and it serves no {name}: check the name"},
    Words{ProbeFault::application_protocol_refused,
          "the server does not take the application protocol {alpn} on this port: check the ALPN "
          "and the port"},
    Words{ProbeFault::other, "TLS fails: {detail}"},
};

std::string not_tls(const ProbeTarget& target, const ProbeFinding& finding) {
    return fmt::format("port {} does not speak TLS, {}: check the port; MQTT with TLS is usually "
                       "on 8883, and without on 1883",
                       target.port,
                       finding.detail.empty()
                           ? "it ends the connection at the first word"
                           : fmt::format("it says {}", holdfast::quoted(finding.detail)));
}

std::string too_old(const ProbeFinding& finding) {
    return fmt::format("the server speaks {}, which is too old to be safe: have it speak TLS 1.2 "
                       "or newer (in Mosquitto: 'tls_version tlsv1.2')",
                       finding.detail.empty() ? "no TLS newer than 1.1" : finding.detail);
}

std::string timed_out(const ProbeTarget& target, const ProbeResult& result) {
    if (result.reached == ProbeStep::handshake) {
        return fmt::format("{} takes the connection on port {} and says nothing more: check "
                           "whether that port is for TLS, and whether the server is overloaded",
                           result.address, target.port);
    }
    return fmt::format("{} does not answer on port {}: see whether the machine is on, and whether "
                       "a firewall lets the port through (on EC2 the security group)",
                       result.address, target.port);
}

std::string client_refused(const ProbeTarget& target, const ProbeFinding& finding) {
    return fmt::format("the server does not accept our certificate {}{}: have one issued by the "
                       "authority that the server trusts for clients",
                       target.certificate.string(),
                       finding.detail.empty() ? "" : " (" + finding.detail + ")");
}

std::string trusted_names(const ProbeTarget& target, const ProbeResult& result) {
    if (result.authorities.empty()) {
        return "this system trusts";
    }
    std::vector<std::string> names;
    for (const auto& authority : result.authorities) {
        names.push_back(fmt::format("\"{}\"", authority.subject));
    }
    return fmt::format("{} has ({})", target.ca.string(), fmt::join(names, ", "));
}

std::string unknown_authority(const ProbeTarget& target, const ProbeResult& result) {
    const auto& issuer = result.chain.back().issuer;
    const bool same_name =
        std::any_of(result.authorities.begin(), result.authorities.end(),
                    [&](const auto& authority) { return authority.subject == issuer; });
    if (same_name) {
        return fmt::format("the certificate is signed by an authority called \"{}\" with another "
                           "key than the one in {}: the authority was probably made anew; get its "
                           "new certificate, or have the server's issued again",
                           issuer, target.ca.string());
    }
    return fmt::format("the certificate is signed by \"{}\", which is none of those that {}: get "
                       "the certificate of that authority from whoever runs the server, and give "
                       "it with --ca",
                       issuer, trusted_names(target, result));
}

std::string incomplete_chain(const ProbeTarget& target, const ProbeResult& result) {
    return fmt::format("the server does not send the certificate of \"{}\", which links its own to "
                       "those that {}: put that certificate behind the server's own in its file "
                       "(in Mosquitto: 'certfile')",
                       result.chain.back().issuer, trusted_names(target, result));
}

std::string clock_words(const ProbeTarget& target, const ProbeResult& result) {
    const auto now = utc_text(target.clock.now);
    if (result.clock_wrong) {
        return fmt::format("the clock of this machine says {}, which cannot be right: set it "
                           "('timedatectl'), and ask again",
                           now);
    }
    if (result.clock_doubtful) {
        return fmt::format("the clock of this machine says {} and nobody keeps it right: check it "
                           "('timedatectl'), and if it is right have the certificate issued again",
                           now);
    }
    return fmt::format("the clock of this machine says {} and is kept right: have the certificate "
                       "issued again",
                       now);
}

const Description* find(const ProbeResult& result, const std::string& subject) {
    for (const auto* all : {&result.chain, &result.authorities}) {
        for (const auto& one : *all) {
            if (one.subject == subject) {
                return &one;
            }
        }
    }
    return nullptr;
}

std::string dates(const ProbeTarget& target, const ProbeResult& result,
                  const ProbeFinding& finding) {
    const auto* const whose = find(result, finding.detail);
    const bool expired = finding.fault == ProbeFault::expired;
    const auto date = whose == nullptr ? std::string("?")
                                       : utc_text(expired ? whose->not_after : whose->not_before);
    return fmt::format("the certificate \"{}\" {} {}; {}", finding.detail,
                       expired ? "expired on" : "is not valid before", date,
                       clock_words(target, result));
}

std::string from_table(const ProbeTarget& target, const ProbeResult& result,
                       const ProbeFinding& finding) {
    const auto row = std::find_if(words.begin(), words.end(), [&](const Words& candidate) {
        return candidate.fault == finding.fault;
    });
    const auto own = result.chain.empty() ? Description{} : result.chain.front();
    const auto& name = target.server_name.empty() ? target.host : target.server_name;
    return fmt::format(fmt::runtime(row == words.end() ? words.back().text : row->text),
                       fmt::arg("host", target.host), fmt::arg("port", target.port),
                       fmt::arg("address", result.address), fmt::arg("name", name),
                       fmt::arg("subject", own.subject), fmt::arg("alpn", target.alpn),
                       fmt::arg("detail", finding.detail),
                       fmt::arg("names", own.names.empty()
                                             ? "no name"
                                             : fmt::format("{}", fmt::join(own.names, ", "))));
}

std::string sentence(const ProbeTarget& target, const ProbeResult& result,
                     const ProbeFinding& finding) {
    switch (finding.fault) {
    case ProbeFault::not_tls:
        return not_tls(target, finding);
    case ProbeFault::too_old:
        return too_old(finding);
    case ProbeFault::timed_out:
        return timed_out(target, result);
    case ProbeFault::unknown_authority:
        return unknown_authority(target, result);
    case ProbeFault::incomplete_chain:
        return incomplete_chain(target, result);
    case ProbeFault::expired:
    case ProbeFault::not_yet_valid:
        return dates(target, result, finding);
    case ProbeFault::client_certificate_refused:
        return client_refused(target, finding);
    default:
        return from_table(target, result, finding);
    }
}

} // namespace

std::vector<std::string> explain(const ProbeTarget& target, const ProbeResult& result) {
    std::vector<std::string> sentences;
    std::transform(result.findings.begin(), result.findings.end(), std::back_inserter(sentences),
                   [&](const auto& finding) { return sentence(target, result, finding); });
    return sentences;
}

} // namespace holdfast::certs
