#include "certs/check.hpp"

#include "certs/chain.hpp"
#include "certs/pem.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

namespace holdfast::certs {

namespace {

std::string chain_problem(int result, const std::string& path, const Description& leaf,
                          const std::string& ca_path, const Description& ca) {
    switch (result) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        if (leaf.issuer == ca.subject) {
            return fmt::format(
                "{} was signed by another key of an authority \"{}\" than the one in "
                "{}; the authority was probably made anew: issue the certificate again "
                "with 'holdfast cert issue', or restore the old authority",
                path, leaf.issuer, ca_path);
        }
        return fmt::format(
            "{} is signed by \"{}\", which is not the authority in {} (\"{}\"), and no "
            "certificate that links the two is in the file; use the authority's own "
            "certificate, or issue this one again with 'holdfast cert issue'",
            path, leaf.issuer, ca_path, ca.subject);
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return fmt::format("{} ends in a certificate that signed itself and is not in {}; issue it "
                           "from your authority with 'holdfast cert issue'",
                           path, ca_path);
    case X509_V_ERR_INVALID_CA:
        return fmt::format("{} is signed by a certificate that may not sign others; put the "
                           "certificate of a real authority in {}",
                           path, ca_path);
    default:
        return fmt::format("{} does not verify against {}: {}", path, ca_path,
                           X509_verify_cert_error_string(result));
    }
}

void add_date_problems(Problems& problems, const std::string& path, const Description& certificate,
                       TimePoint now, std::string_view renewal) {
    if (now < certificate.not_before) {
        problems.push_back(fmt::format("{}: \"{}\" is not valid before {}, and the clock says {}; "
                                       "the clock is probably wrong: "
                                       "check it with 'timedatectl'",
                                       path, certificate.subject, utc_text(certificate.not_before),
                                       utc_text(now)));
    }
    if (now > certificate.not_after) {
        problems.push_back(fmt::format(
            "{}: \"{}\" expired on {}, and the clock says {}; if the clock "
            "is right, {}",
            path, certificate.subject, utc_text(certificate.not_after), utc_text(now), renewal));
    }
}

void add_purpose_problem(Problems& problems, const std::string& path, const Description& leaf,
                         Purpose purpose) {
    const bool server = purpose == Purpose::server;
    if (server ? leaf.for_server : leaf.for_client) {
        return;
    }
    const bool other = server ? leaf.for_client : leaf.for_server;
    problems.push_back(fmt::format("{} is not for a {}{}; issue one with 'holdfast cert issue'",
                                   path, server ? "server" : "client",
                                   !other   ? ""
                                   : server ? " but for a client"
                                            : " but for a server"));
}

void add_name_problem(Problems& problems, const std::string& path, x509_st& certificate,
                      const Description& leaf, const std::string& host) {
    if (carries_name(certificate, host)) {
        return;
    }
    problems.push_back(fmt::format(
        "{} is not for \"{}\"; it is for {}; connect by one of those, or issue it again with '{}' "
        "among its names",
        path, host,
        leaf.names.empty() ? "no name at all" : fmt::format("{}", fmt::join(leaf.names, ", ")),
        host));
}

} // namespace

std::optional<std::string_view> pair_fault(x509_st& certificate, evp_pkey_st& key) {
    if (X509_check_private_key(&certificate, &key) == 1) {
        return std::nullopt;
    }
    ERR_clear_error();
    return "does not belong to the key";
}

Problems check_pair(const std::filesystem::path& certificate, const std::filesystem::path& key) {
    const auto loaded = load_certificates(certificate, Remedy::issue_again);
    const auto fault = pair_fault(*loaded.front(), *load_key(key, Remedy::issue_again));
    if (!fault) {
        return {};
    }
    return {fmt::format("{} {} {}; restore both from the same backup, or issue both again with "
                        "'holdfast cert issue'",
                        certificate.string(), *fault, key.string())};
}

Problems check_chain(const std::filesystem::path& leaf_path, const std::filesystem::path& ca_path,
                     Purpose purpose, const std::optional<std::string>& host, TimePoint now) {
    const auto chain = load_certificates(leaf_path, Remedy::issue_again);
    const std::optional<Certificates> authorities =
        load_certificates(ca_path, Remedy::make_authority);
    const auto leaf = describe(*chain.front());
    const auto path = leaf_path.string();
    Problems problems;
    if (const int result = verify_chain(chain, authorities); result != X509_V_OK) {
        problems.push_back(
            chain_problem(result, path, leaf, ca_path.string(), describe(*authorities->front())));
    }
    for (const auto& certificate : chain) {
        add_date_problems(problems, path, describe(*certificate), now,
                          "issue it again with 'holdfast cert issue'");
    }
    for (const auto& certificate : *authorities) {
        add_date_problems(problems, ca_path.string(), describe(*certificate), now,
                          "make a new authority with 'holdfast cert init --force'");
    }
    add_purpose_problem(problems, path, leaf, purpose);
    if (host) {
        add_name_problem(problems, path, *chain.front(), leaf, *host);
    }
    return problems;
}

} // namespace holdfast::certs
