#include "certs/authority.hpp"
#include "certs/host_names.hpp"
#include "cli/options.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <chrono>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

int make_authority(const po::variables_map& values, const std::filesystem::path& certs) {
    const auto authority =
        certs::Authority::create(certs, "appliance", std::chrono::system_clock::now(),
                                 {.replace = values.count("force") != 0});
    fmt::print("wrote {0}/ca.crt and {0}/ca.key: what an older authority signed is no longer "
               "trusted; issue 'server' anew\n",
               certs.string());
    return exit_fine;
}

int issue(const po::variables_map& values, const std::filesystem::path& certs) {
    if (values.count("name") == 0) {
        throw UsageError(
            "issue which? 'server' is the local broker's own, any other name a client's");
    }
    const auto name = values["name"].as<std::string>();
    const bool server = name == "server";
    const auto extra = values["hostname"].as<std::vector<std::string>>();
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

} // namespace

int run_cert(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("action", po::value<std::string>(), "init or issue");
    options.add_options()("name", po::value<std::string>(),
                          "'server' for the local broker's own certificate, else a client's name");
    options.add_options()("hostname", po::value<std::vector<std::string>>()->default_value({}, ""),
                          "one more name or address in the certificate; may come several times");
    options.add_options()("force", "replace the authority that is there");
    const auto values = parse(arguments, options,
                              "Makes the appliance's authority (init), and certificates from it "
                              "(issue).",
                              "holdfast cert issue server --hostname broker.example.org",
                              po::positional_options_description().add("action", 1).add("name", 1));
    if (!values) {
        return exit_fine;
    }
    const auto action = values->count("action") != 0 ? (*values)["action"].as<std::string>() : "";
    const auto certs = dir_option(*values) / "certs";
    if (action == "init") {
        return make_authority(*values, certs);
    }
    if (action == "issue") {
        return issue(*values, certs);
    }
    throw UsageError("say what to do: init or issue");
}

} // namespace holdfast::cli
