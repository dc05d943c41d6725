#include "certs/host_names.hpp"
#include "cli/cert/cert.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <chrono>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

certs::Request request_of(const po::variables_map& values, const std::string& name) {
    const auto extra = values["hostname"].as<std::vector<std::string>>();
    const bool broker = name == "server";
    const bool server = broker || values.count("server") != 0;
    return {.purpose = server ? certs::Purpose::server : certs::Purpose::client,
            .common_name = name,
            .alt_names = broker ? certs::host_names(extra) : extra,
            .lifetime = std::chrono::days(values["days"].as<int>()),
            .key_type = certs::parse_key_type(values["key-type"].as<std::string>())};
}

void check_free(const fs::path& certs, const std::string& name) {
    if (fs::exists(certs / (name + ".crt"))) {
        throw Error(fmt::format("{0}/{1}.crt exists: 'holdfast cert renew {1}' replaces it and "
                                "keeps its names; --force issues another",
                                certs.string(), name));
    }
}

} // namespace

int run_cert_init(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("force", "replace the authority that is there");
    options.add_options()("key-type", po::value<std::string>()->default_value("ec-p256"),
                          "ec-p256, rsa-2048 or rsa-4096");
    add_new_passphrase_options(options);
    const auto values = parse(arguments, options, "Makes the appliance's own authority.",
                              "holdfast cert init --passphrase");
    if (!values) {
        return exit_fine;
    }
    const auto certs = dir_option(*values) / "certs";
    certs::Authority::create(
        certs, "appliance", std::chrono::system_clock::now(),
        {.replace = values->count("force") != 0,
         .key_type = certs::parse_key_type((*values)["key-type"].as<std::string>()),
         .passphrase = new_passphrase_option(*values)});
    fmt::print("wrote {0}/ca.crt, {0}/ca.key and {0}/crl.pem: what an older authority signed is "
               "no longer trusted; issue 'server' anew\n",
               certs.string());
    return exit_fine;
}

int run_cert_issue(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("name", po::value<std::string>(),
                          "'server' for the local broker's own certificate, else a client's name");
    options.add_options()("server", "NAME is another server's");
    options.add_options()("hostname", po::value<std::vector<std::string>>()->default_value({}, ""),
                          "one more name or address in the certificate; may come several times");
    options.add_options()("key-type", po::value<std::string>()->default_value("ec-p256"),
                          "ec-p256, rsa-2048 or rsa-4096");
    options.add_options()("days", po::value<int>()->default_value(730),
                          "how long it counts; never longer than the authority does");
    options.add_options()("force", "even if there is a certificate of that name");
    add_passphrase_option(options);
    const auto values =
        parse(arguments, options, "Makes a certificate and its key.",
              "holdfast cert issue server --hostname broker.example.org",
              {"holdfast cert issue", po::positional_options_description().add("name", 1)});
    if (!values) {
        return exit_fine;
    }
    const auto name =
        required_word(*values, "name",
                      "issue which? 'server' is the local broker's own, any other name a client's");
    const auto certs = dir_option(*values) / "certs";
    if (values->count("force") == 0) {
        check_free(certs, name);
    }
    const auto now = std::chrono::system_clock::now();
    const auto request = request_of(*values, name);
    store(certs::Authority::open(certs, passphrase_option(*values)).issue(request, now), certs,
          name, now);
    fmt::print("wrote {0}/{1}.crt and {0}/{1}.key{2}\n", certs.string(), name,
               name == "server" ? "; reload the broker (SIGHUP) to use them" : "");
    return exit_fine;
}

} // namespace holdfast::cli
