#include "certs/server_judgement.hpp"

#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

namespace holdfast::certs {

namespace {

/// The certificate of the chain whose issuer was not sent; the one that signed itself where the
/// chain goes that far.
x509_st& top_of(const Certificates& chain) {
    const auto* top = &chain.front();
    for (std::size_t i = 0; i < chain.size(); ++i) { // no further, were they to sign in a circle
        const auto issuer = std::find_if(chain.begin(), chain.end(), [&](const auto& candidate) {
            return candidate != *top && X509_check_issued(candidate.get(), top->get()) == X509_V_OK;
        });
        if (issuer == chain.end()) {
            break;
        }
        top = &*issuer;
    }
    return **top;
}

std::string organisation(const X509_name_st* name) {
    std::array<char, 256> text{};
    const int size = X509_NAME_get_text_by_NID(name, NID_organizationName, text.data(),
                                               static_cast<int>(text.size()));
    return size > 0 ? text.data() : std::string();
}

/// Whether its issuer publishes where the issuer's own certificate is, as the public authorities
/// do in what their intermediates sign.
bool points_to_issuer(const x509_st& certificate) {
    return X509_get_ext_by_NID(&certificate, NID_info_access, -1) >= 0;
}

/// A missing certificate and a strange authority look alike: in both cases nobody here knows the
/// issuer. What speaks for the first is an issuer of the same organisation as a trusted authority
/// that may have others below it, or one of a public authority's intermediates.
bool link_is_missing(const Certificates& chain, const std::optional<Certificates>& authorities) {
    auto& top = top_of(chain);
    if (X509_check_issued(&top, &top) == X509_V_OK) {
        return false;
    }
    if (!authorities) {
        return points_to_issuer(top);
    }
    const auto* const issuer = X509_get_issuer_name(&top);
    return std::any_of(authorities->begin(), authorities->end(), [&](const auto& authority) {
        const auto* const name = X509_get_subject_name(authority.get());
        return X509_get_pathlen(authority.get()) != 0 && X509_NAME_cmp(issuer, name) != 0 &&
               !organisation(issuer).empty() && organisation(issuer) == organisation(name);
    });
}

std::optional<ProbeFinding> chain_finding(const Certificates& chain,
                                          const std::optional<Certificates>& authorities) {
    const int result = verify_chain(chain, authorities);
    switch (result) {
    case X509_V_OK:
        return std::nullopt;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        return ProbeFinding{link_is_missing(chain, authorities) ? ProbeFault::incomplete_chain
                                                                : ProbeFault::unknown_authority};
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return ProbeFinding{ProbeFault::unknown_authority};
    default:
        return ProbeFinding{ProbeFault::bad_chain, X509_verify_cert_error_string(result)};
    }
}

void add_dates(std::vector<ProbeFinding>& findings, const Certificates& certificates,
               TimePoint now) {
    for (const auto& certificate : certificates) {
        const auto own = describe(*certificate);
        if (now < own.not_before) {
            findings.push_back({ProbeFault::not_yet_valid, own.subject});
        } else if (now > own.not_after) {
            findings.push_back({ProbeFault::expired, own.subject});
        }
    }
}

} // namespace

std::vector<ProbeFinding> judge_server(const Certificates& chain,
                                       const std::optional<Certificates>& authorities,
                                       const std::string& name, TimePoint now) {
    std::vector<ProbeFinding> findings;
    if (auto finding = chain_finding(chain, authorities)) {
        findings.push_back(std::move(*finding));
    }
    add_dates(findings, chain, now);
    if (authorities && findings.empty()) {
        add_dates(findings, *authorities, now);
    }
    if (!describe(*chain.front()).for_server) {
        findings.push_back({ProbeFault::wrong_usage});
    }
    if (!carries_name(*chain.front(), name)) {
        findings.push_back({ProbeFault::wrong_name});
    }
    return findings;
}

} // namespace holdfast::certs
