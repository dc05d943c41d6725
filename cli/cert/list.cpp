#include "certs/issued.hpp"
#include "certs/pem.hpp"
#include "certs/revocation_list.hpp"
#include "cli/cert/cert.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

struct Row {
    std::string name; ///< of its file; of its holder where it has none
    certs::Description certificate;
    bool has_file;
};

std::vector<Row> rows_of_files(const fs::path& certs) {
    std::vector<Row> rows;
    for (const auto& entry : fs::directory_iterator(certs)) {
        if (entry.path().extension() == ".crt") {
            rows.push_back({entry.path().stem().string(), certs::describe(entry.path()), true});
        }
    }
    std::sort(rows.begin(), rows.end(), [](const Row& one, const Row& other) {
        return one.certificate.authority != other.certificate.authority ? one.certificate.authority
                                                                        : one.name < other.name;
    });
    return rows;
}

std::vector<Row> all_rows(const fs::path& certs) {
    auto rows = rows_of_files(certs);
    for (const auto& certificate : certs::issued(certs)) {
        const auto one = certs::describe(*certificate);
        const bool known = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
            return row.certificate.fingerprint == one.fingerprint;
        });
        if (!known) {
            rows.push_back({one.subject, one, false});
        }
    }
    return rows;
}

std::string_view use_of(const certs::Description& certificate) {
    return certificate.authority ? "authority" : certificate.for_server ? "server" : "client";
}

std::string state_of(const Row& row, bool revoked, certs::TimePoint now) {
    const auto& certificate = row.certificate;
    if (revoked) {
        return "revoked";
    }
    if (now < certificate.not_before) {
        return fmt::format("not before {}", certs::utc_text(certificate.not_before));
    }
    if (now > certificate.not_after) {
        return "expired";
    }
    const auto days = std::chrono::floor<std::chrono::days>(certificate.not_after - now).count();
    return fmt::format("{} days left{}", days, row.has_file ? "" : ", replaced or removed here");
}

} // namespace

int run_cert_list(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    const auto values = parse(arguments, options,
                              "Shows the certificates in the appliance's folder, and what its "
                              "authority has signed and still counts.",
                              "holdfast cert list");
    if (!values) {
        return exit_fine;
    }
    const auto certs = dir_option(*values) / "certs";
    if (!fs::is_directory(certs)) {
        throw InputError(certs.string(), 0,
                         "there is no such folder; 'holdfast cert init' makes an authority in it");
    }
    const auto revoked = certs::revoked_serials(certs / "crl.pem");
    const auto own = fs::exists(certs / "ca.crt") ? certs::describe(certs / "ca.crt").subject : "";
    const auto now = std::chrono::system_clock::now();
    fmt::print("{:<16} {:<10} {:<22} {:<22} {}\n", "NAME", "FOR", "BY", "UNTIL", "STATE");
    for (const auto& row : all_rows(certs)) {
        const auto& one = row.certificate;
        fmt::print("{:<16} {:<10} {:<22} {:<22} {}\n", row.name, use_of(one), one.issuer,
                   certs::utc_text(one.not_after),
                   state_of(row, one.issuer == own && revoked.contains(one.serial), now));
    }
    return exit_fine;
}

} // namespace holdfast::cli
