#include "certs/authority.hpp"

#include "certs/alt_name.hpp"
#include "certs/certificate_builder.hpp"
#include "certs/check.hpp"
#include "certs/openssl_error.hpp"
#include "certs/pem.hpp"
#include "certs/revocation_list.hpp"
#include "core/atomic_file.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

namespace holdfast::certs {

namespace {

namespace fs = std::filesystem;

/// X.520 ub-common-name, in characters.
constexpr std::size_t max_common_name = 64;

fs::path certificate_path(const fs::path& folder) {
    return folder / "ca.crt";
}
fs::path key_path(const fs::path& folder) {
    return folder / "ca.key";
}

void check_common_name(const std::string& name) {
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    const auto controls = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    const auto characters =
        name.size() - static_cast<std::size_t>(std::count_if(name.begin(), name.end(), continues));
    if (!is_utf8(name) || trim(name).empty() || characters > max_common_name ||
        std::any_of(name.begin(), name.end(), controls)) {
        throw Error(fmt::format("the common name {} cannot be used; give 1 to {} characters of "
                                "UTF-8 without control characters",
                                holdfast::quoted(name), max_common_name));
    }
}

void check_lifetime(std::chrono::days lifetime) {
    if (lifetime < std::chrono::days(1) || lifetime > std::chrono::years(100)) {
        throw Error(fmt::format("a lifetime of {} days cannot be used; give 1 day to 100 years",
                                lifetime.count()));
    }
}

std::vector<AltName> checked_alt_names(const Request& request) {
    if (request.purpose == Purpose::server && request.alt_names.empty()) {
        throw Error(
            fmt::format("the server certificate {} needs at least one name or address under "
                        "which clients reach the server",
                        holdfast::quoted(request.common_name)));
    }
    std::vector<AltName> names;
    for (const auto& text : request.alt_names) {
        const AltName name(text);
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            names.push_back(name);
        }
    }
    return names;
}

void check_absent(const fs::path& folder) {
    for (const auto& path : {certificate_path(folder), key_path(folder)}) {
        std::error_code error;
        if (fs::exists(path, error)) {
            throw InputError(path.string(), 0,
                             "exists already; a new authority would make all that this one signed "
                             "worthless, so it is replaced only with '--force'");
        }
        if (error) {
            throw SystemError(path.string(), error.value());
        }
    }
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        throw SystemError(folder.string(), error.value());
    }
}

CertificateHandle self_signed(evp_pkey_st& key, const std::string& common_name, TimePoint now,
                              std::chrono::days lifetime) {
    CertificateBuilder builder;
    // The organisation sets this subject apart from those of leaves, which have a common name only:
    // a leaf with its issuer's subject looks self-signed and is refused.
    builder.subject("O", "Holdfast authority");
    builder.subject("CN", common_name);
    builder.validity(now - clock_allowance, now + lifetime);
    builder.public_key(key);
    builder.issued_by_itself();
    builder.extension(NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    builder.extension(NID_key_usage, "critical,keyCertSign,cRLSign");
    builder.extension(NID_subject_key_identifier, "hash");
    return std::move(builder).sign(key);
}

void check_valid(const Description& own, TimePoint now) {
    if (now < own.not_before || now >= own.not_after) {
        throw Error(fmt::format(
            "the authority \"{}\" is valid from {} to {}, but the clock says {}; "
            "set the clock if it is wrong, otherwise make a new authority with "
            "'holdfast cert init --force'",
            own.subject, utc_text(own.not_before), utc_text(own.not_after), utc_text(now)));
    }
}

} // namespace

void save(const Credentials& credentials, const fs::path& folder, const std::string& name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    if (name.empty() || name.front() == '.' || name == "ca" ||
        !std::all_of(name.begin(), name.end(), plain)) {
        throw Error(fmt::format("{} cannot name a certificate's files; use letters, digits, '-', "
                                "'_' and '.', not starting with '.', and not \"ca\"",
                                holdfast::quoted(name)));
    }
    write_file(folder / (name + ".key"), credentials.key_pem, FileMode::secret);
    write_file(folder / (name + ".crt"), credentials.certificate_pem, FileMode::public_);
}

Authority::Authority(CertificateHandle certificate, KeyHandle key)
    : certificate_(std::move(certificate))
    , key_(std::move(key)) {}

Authority Authority::create(const fs::path& folder, const std::string& common_name, TimePoint now,
                            const Options& options) {
    check_common_name(common_name);
    check_lifetime(options.lifetime);
    if (now < earliest_credible) {
        throw Error(
            fmt::format("the clock says {}, which cannot be right; set it, or wait until it "
                        "is synchronised ('timedatectl'), before making an authority",
                        utc_text(now)));
    }
    if (!options.replace) {
        check_absent(folder);
    }
    make_folder(folder);
    auto key = new_key(options.key_type);
    auto certificate = self_signed(*key, common_name, now, options.lifetime);
    const auto list = sign_revocation_list(*certificate, *key, "", {}, now);
    if (options.replace) {
        // They name what the earlier authority signed.
        fs::remove(folder / "issued.pem");
        fs::remove(folder / "crl.pem");
    }
    write_file(key_path(folder), to_pem(*key, options.passphrase), FileMode::secret);
    write_file(certificate_path(folder), to_pem(*certificate), FileMode::public_);
    write_file(folder / "crl.pem", list, FileMode::public_);
    return {std::move(certificate), std::move(key)};
}

Authority Authority::open(const fs::path& folder, const Passphrase& passphrase) {
    const auto path = certificate_path(folder);
    auto certificates = load_certificates(path, Remedy::make_authority);
    auto key = load_key(key_path(folder), Remedy::make_authority, passphrase);
    auto& certificate = certificates.front();
    if (X509_check_ca(certificate.get()) != 1) {
        throw InputError(path.string(), 0,
                         "is not the certificate of an authority; restore it from a backup or make "
                         "a new authority with 'holdfast cert init'");
    }
    if (const auto mismatch = pair_fault(*certificate, *key)) {
        throw InputError(path.string(), 0,
                         fmt::format("{} {}; restore both from the same backup", *mismatch,
                                     key_path(folder).string()));
    }
    return {std::move(certificate), std::move(key)};
}

Credentials Authority::issue(const Request& request, TimePoint now) const {
    check_common_name(request.common_name);
    check_lifetime(request.lifetime);
    const auto names = checked_alt_names(request);
    const auto own = description();
    check_valid(own, now);
    const auto key = request.key_pem.empty()
                         ? new_key(request.key_type)
                         : parse_key(request.key_pem, "the key to keep", Remedy::issue_again);
    CertificateBuilder builder;
    builder.subject("CN", request.common_name);
    builder.validity(std::max(now - clock_allowance, own.not_before),
                     std::min(now + request.lifetime, own.not_after));
    builder.public_key(*key);
    builder.issued_by(*certificate_);
    builder.extension(NID_basic_constraints, "critical,CA:FALSE");
    builder.extension(NID_key_usage, EVP_PKEY_is_a(key.get(), "RSA") == 1
                                         ? "critical,digitalSignature,keyEncipherment"
                                         : "critical,digitalSignature");
    builder.extension(NID_ext_key_usage,
                      request.purpose == Purpose::server ? "serverAuth" : "clientAuth");
    builder.extension(NID_subject_key_identifier, "hash");
    builder.extension(NID_authority_key_identifier, "keyid:always");
    if (!names.empty()) {
        builder.alt_names(names);
    }
    const auto certificate = std::move(builder).sign(*key_);
    if (X509_NAME_cmp(X509_get_subject_name(certificate.get()),
                      X509_get_subject_name(certificate_.get())) == 0) {
        throw Error(fmt::format("the common name {} is the authority's own; choose another",
                                holdfast::quoted(request.common_name)));
    }
    return {to_pem(*certificate), to_pem(*key)};
}

std::string Authority::revocation_list(const std::string& before, const Certificates& more,
                                       TimePoint now) const {
    return sign_revocation_list(*certificate_, *key_, before, more, now);
}

bool Authority::signed_by_us(x509_st& certificate) const {
    const bool is = X509_verify(&certificate, key_.get()) == 1;
    ERR_clear_error();
    return is;
}

std::string Authority::certificate_pem() const {
    return to_pem(*certificate_);
}

Description Authority::description() const {
    return describe(*certificate_);
}

} // namespace holdfast::certs
