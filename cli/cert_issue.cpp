#include "certs/authority.hpp"
#include "certs/host_names.hpp"
#include "cli/cert.hpp"

#include <fmt/format.h>

#include <chrono>

namespace holdfast::cli {

namespace po = boost::program_options;

int run_cert_init(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("force", "replace the authority that is there");
    const auto values =
        parse(arguments, options, "Makes the appliance's own authority.", "holdfast cert init");
    if (!values) {
        return exit_fine;
    }
    const auto certs = dir_option(*values) / "certs";
    const auto authority =
        certs::Authority::create(certs, "appliance", std::chrono::system_clock::now(),
                                 {.replace = values->count("force") != 0});
    fmt::print("wrote {0}/ca.crt and {0}/ca.key: what an older authority signed is no longer "
               "trusted; issue 'server' anew\n",
               certs.string());
    return exit_fine;
}

int run_cert_issue(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("name", po::value<std::string>(),
                          "'server' for the local broker's own certificate, else a client's name");
    options.add_options()("hostname", po::value<std::vector<std::string>>()->default_value({}, ""),
                          "one more name or address in the certificate; may come several times");
    const auto values = parse(arguments, options, "Makes a certificate and its key.",
                              "holdfast cert issue server --hostname broker.example.org",
                              po::positional_options_description().add("name", 1));
    if (!values) {
        return exit_fine;
    }
    const auto name =
        required_word(*values, "name",
                      "issue which? 'server' is the local broker's own, any other name a client's");
    const auto certs = dir_option(*values) / "certs";
    const bool server = name == "server";
    const auto extra = (*values)["hostname"].as<std::vector<std::string>>();
    const auto credentials = certs::Authority::open(certs).issue(
        {.purpose = server ? certs::Purpose::server : certs::Purpose::client,
         .common_name = name,
         .alt_names = server ? certs::host_names(extra) : extra},
        std::chrono::system_clock::now());
    certs::save(credentials, certs, name);
    fmt::print("wrote {0}/{1}.crt and {0}/{1}.key{2}\n", certs.string(), name,
               server ? "; restart the broker to use them" : "");
    return exit_fine;
}

} // namespace holdfast::cli
