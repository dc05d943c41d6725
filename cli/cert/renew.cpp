#include "certs/host_names.hpp"
#include "certs/pem.hpp"
#include "cli/cert/bridge.hpp"
#include "cli/cert/cert.hpp"
#include "cli/cert/due.hpp"
#include "cli/setup/installation.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <chrono>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

certs::KeyType key_type_option(const po::variables_map& values) {
    const auto type = text_option(values, "key-type");
    return type.empty() ? certs::KeyType::ec_p256 : certs::parse_key_type(type);
}

/// Ends what a crash cut off, whatever is to be done next.
void recover(const fs::path& folder) {
    if (fs::exists(folder / "certs" / bridge_slots)) {
        recover_bridge(config::load_settings(folder / "holdfast.conf"), folder);
    }
}

int renew_bridge_now(const fs::path& folder, const po::variables_map& values) {
    const bool done = renew_bridge(
        settings_with_cloud(folder), folder, std::chrono::system_clock::now(),
        {.lifetime = std::chrono::days(values["days"].as<int>()),
         .new_key = values.count("new-key") != 0 || !text_option(values, "key-type").empty(),
         .key_type = key_type_option(values),
         .limit = receipt_limit_option(values)});
    return done ? exit_fine : exit_no;
}

int renew_all_due(const fs::path& folder, const po::variables_map& values) {
    if (values.count("name") != 0) {
        throw UsageError("--due looks at all of them: give no NAME");
    }
    const bool done = renew_due(folder, std::chrono::system_clock::now(),
                                {.within = std::chrono::days(values["within"].as<int>()),
                                 .lifetime = std::chrono::days(values["days"].as<int>()),
                                 .receipt_limit = receipt_limit_option(values),
                                 .passphrase = passphrase_option(values)});
    return done ? exit_fine : exit_no;
}

void renew_one(const fs::path& certs, const std::string& name, const po::variables_map& values) {
    const auto path = certs / (name + ".crt");
    const auto old = certs::load_certificates(path, certs::Remedy::issue_again);
    const auto authority = certs::Authority::open(certs, passphrase_option(values));
    if (!authority.signed_by_us(*old.front())) {
        throw InputError(
            path.string(), 0,
            fmt::format("is signed by \"{}\" and not by the appliance's own authority: "
                        "it is renewed where that authority is",
                        certs::describe(*old.front()).issuer));
    }
    auto request = renewal_of(certs::describe(*old.front()), name);
    request.lifetime = std::chrono::days(values["days"].as<int>());
    if (const auto type = text_option(values, "key-type"); !type.empty()) {
        request.key_type = key_type_option(values);
    } else if (values.count("new-key") == 0) {
        request.key_pem = read_file(certs / (name + ".key"));
    }
    const auto now = std::chrono::system_clock::now();
    store(authority.issue(request, now), certs, name, now);
    fmt::print("{} counts until {}{}\n", path.string(),
               certs::utc_text(certs::describe(path).not_after),
               name == "server" ? "; reload the broker (SIGHUP) to use it" : "");
}

} // namespace

certs::Request renewal_of(const certs::Description& old, const std::string& name) {
    return {.purpose = old.for_server ? certs::Purpose::server : certs::Purpose::client,
            .common_name = old.subject,
            .alt_names = name == "server" ? certs::host_names(old.names) : old.names};
}

int run_cert_renew(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("name", po::value<std::string>(), "the certificate, as in 'cert list'");
    options.add_options()("new-key", "with a new key; else it keeps its own");
    options.add_options()("key-type", po::value<std::string>(),
                          "with a new key of this type: ec-p256, rsa-2048 or rsa-4096");
    options.add_options()("due", "for a timer: the local broker's if it ends soon, and say what to "
                                 "do about others that do; exit 1 if anything is left to do");
    options.add_options()("within", po::value<int>()->default_value(30),
                          "with --due: how many days are soon");
    add_receipt_limit_option(options, "for 'bridge': how many seconds a receipt may take");
    options.add_options()("days", po::value<int>()->default_value(730),
                          "how long it counts; never longer than the authority does");
    add_passphrase_option(options);
    const auto values =
        parse(arguments, options,
              "Replaces a certificate of the appliance's own authority by one with "
              "new dates. Its holder needs the new file; the old one counts until "
              "it ends. 'bridge' is this site's at a cloud of 'cloud bundle': the "
              "new one is kept only if a receipt comes through it.",
              "holdfast cert renew esp32 --new-key",
              {"holdfast cert renew", po::positional_options_description().add("name", 1)});
    if (!values) {
        return exit_fine;
    }
    const auto folder = dir_option(*values);
    const auto certs = folder / "certs";
    recover(folder);
    if (values->count("due") != 0) {
        return renew_all_due(folder, *values);
    }
    const auto name = required_word(*values, "name", "renew which? 'holdfast cert list' shows all");
    if (name == bridge_name && fs::exists(cloud_authority_folder(folder) / "ca.key")) {
        return renew_bridge_now(folder, *values);
    }
    renew_one(certs, name, *values);
    return exit_fine;
}

} // namespace holdfast::cli
