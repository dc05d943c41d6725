#include "certs/issued.hpp"
#include "certs/pem.hpp"
#include "certs/revocation_list.hpp"
#include "cli/cert/cert.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

/// All that the authority signed for that name and that still counts: those that were replaced
/// too, because somebody may have kept them.
certs::Certificates of_name(const fs::path& certs, const std::string& name) {
    auto all = certs::issued(certs);
    std::erase_if(all, [&](const auto& one) { return certs::describe(*one).subject != name; });
    return all;
}

/// A certificate from before there was a record stands only in its own file.
void add_from_file(certs::Certificates& found, const fs::path& certs, const std::string& name,
                   const certs::Authority& authority) {
    const auto path = certs / (name + ".crt");
    if (!fs::exists(path)) {
        return;
    }
    auto chain = certs::load_certificates(path, certs::Remedy::issue_again);
    if (authority.signed_by_us(*chain.front())) {
        found.push_back(std::move(chain.front()));
    }
}

std::string text_of(const fs::path& file) {
    return fs::exists(file) ? read_file(file) : std::string();
}

} // namespace

int run_cert_revoke(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("name", po::value<std::string>(), "the certificate, as in 'cert list'");
    add_passphrase_option(options);
    const auto values =
        parse(arguments, options,
              "Ends a client's access by certificate: every certificate that was made for that "
              "name goes on the revocation list, and the broker's plugin cuts the sessions that "
              "use one. Cannot be taken back; issue a new one instead.",
              "holdfast cert revoke esp32",
              {"holdfast cert revoke", po::positional_options_description().add("name", 1)});
    if (!values) {
        return exit_fine;
    }
    const auto name =
        required_word(*values, "name", "revoke which? 'holdfast cert list' shows all");
    const auto certs = dir_option(*values) / "certs";
    const auto list = certs / "crl.pem";
    const auto authority = certs::Authority::open(certs, passphrase_option(*values));
    auto found = of_name(certs, name);
    add_from_file(found, certs, name, authority);
    if (found.empty()) {
        throw Error(fmt::format("the appliance's authority has signed nothing for '{}'; 'holdfast "
                                "cert list' shows what it has",
                                name));
    }
    write_file(list,
               authority.revocation_list(text_of(list), found, std::chrono::system_clock::now()),
               FileMode::public_);
    fmt::print("{} is on {}; where 'certificates' stands in [broker], sessions that use it are cut "
               "within 2 s\n",
               name, list.string());
    return exit_fine;
}

} // namespace holdfast::cli
