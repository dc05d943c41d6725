#include "certs/check.hpp"

#include "certs/alt_name.hpp"
#include "certs/openssl_error.hpp"
#include "certs/pem.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace holdfast::certs {

namespace {

using Certificates = std::vector<CertificateHandle>;

/// The result of OpenSSL's own chain building, dates and purpose left out: those are told apart
/// here.
int verify_signatures(const Certificates& leaf, const Certificates& authorities) {
    const auto store = expect(StoreHandle(X509_STORE_new()), "cannot check a certificate");
    for (const auto& authority : authorities) {
        expect(X509_STORE_add_cert(store.get(), authority.get()), "cannot check a certificate");
    }
    const auto others =
        expect(CertificatesHandle(sk_X509_new_null()), "cannot check a certificate");
    for (auto other = leaf.begin() + 1; other != leaf.end(); ++other) {
        expect(X509_add_cert(others.get(), other->get(), X509_ADD_FLAG_UP_REF),
               "cannot check a certificate");
    }
    const auto context =
        expect(StoreContextHandle(X509_STORE_CTX_new()), "cannot check a certificate");
    expect(X509_STORE_CTX_init(context.get(), store.get(), leaf.front().get(), others.get()),
           "cannot check a certificate");
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);
    X509_verify_cert(context.get());
    const int result = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    return result;
}

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

bool carries(x509_st& certificate, const std::string& host) {
    const AltName name(host);
    if (name.kind() == AltName::Kind::address) {
        return X509_check_ip_asc(&certificate, name.str().c_str(), 0) == 1;
    }
    // The common name does not count: RFC 6125 §6.4.4, and no current client looks at it.
    return X509_check_host(&certificate, name.str().data(), name.str().size(),
                           X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
                               X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                           nullptr) == 1;
}

void add_name_problem(Problems& problems, const std::string& path, x509_st& certificate,
                      const Description& leaf, const std::string& host) {
    if (carries(certificate, host)) {
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
    const auto authorities = load_certificates(ca_path, Remedy::make_authority);
    const auto leaf = describe(*chain.front());
    const auto path = leaf_path.string();
    Problems problems;
    if (const int result = verify_signatures(chain, authorities); result != X509_V_OK) {
        problems.push_back(
            chain_problem(result, path, leaf, ca_path.string(), describe(*authorities.front())));
    }
    for (const auto& certificate : chain) {
        add_date_problems(problems, path, describe(*certificate), now,
                          "issue it again with 'holdfast cert issue'");
    }
    for (const auto& certificate : authorities) {
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
