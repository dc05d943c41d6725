#include "cli/cert/cert.hpp"

#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

constexpr std::array actions{
    CertAction{"init", "", "make the appliance's own authority", run_cert_init},
    CertAction{"issue", "NAME", "make a certificate and its key: 'server' is the local broker's",
               run_cert_issue},
    CertAction{"renew", "NAME|--due", "replace a certificate by one with new dates",
               run_cert_renew},
    CertAction{"revoke", "NAME", "end a client's access by certificate", run_cert_revoke},
    CertAction{"list", "", "all certificates and how long they count", run_cert_list},
    CertAction{"export", "NAME", "one file for a phone, a program or an ESP32", run_cert_export},
    CertAction{"import", "FILE...", "take the kit of an AWS IoT Core thing", run_cert_import},
    CertAction{"verify", "HOST[:PORT]", "connect, and say in plain words what is wrong",
               run_cert_verify},
};

void print_help() {
    fmt::print("Certificates of the appliance, of its devices and of the cloud.\n\n");
    for (const auto& action : actions) {
        fmt::print("  holdfast cert {:<19} {}\n", fmt::format("{} {}", action.name, action.words),
                   action.summary);
    }
    fmt::print("\n  holdfast cert ACTION --help\n");
}

} // namespace

std::string required_word(const po::variables_map& values, const std::string& name,
                          const std::string& missing) {
    if (values.count(name) == 0) {
        throw UsageError(missing);
    }
    return values[name].as<std::string>();
}

void add_receipt_limit_option(po::options_description& options, const char* about) {
    options.add_options()("timeout", po::value<unsigned>()->default_value(60), about);
}

std::chrono::seconds receipt_limit_option(const po::variables_map& values) {
    const auto seconds = values["timeout"].as<unsigned>();
    if (seconds < 1 || seconds > 3600) {
        throw UsageError("--timeout takes 1 to 3600 seconds");
    }
    return std::chrono::seconds(seconds);
}

std::string text_option(const po::variables_map& values, const std::string& name) {
    return values.count(name) != 0 ? values[name].as<std::string>() : std::string();
}

int run_cert(const Arguments& arguments) {
    if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) {
        print_help();
        return exit_fine;
    }
    std::array<std::string_view, actions.size()> names;
    std::transform(actions.begin(), actions.end(), names.begin(),
                   [](const CertAction& action) { return action.name; });
    const auto word = arguments.empty() ? std::string() : arguments[0];
    const auto action = std::find(names.begin(), names.end(), word);
    if (action == names.end()) {
        const auto meant = nearest(word, names);
        throw UsageError(meant ? fmt::format("there is no '{}'; did you mean '{}'?", word, *meant)
                               : fmt::format("say what to do: {}", fmt::join(names, ", ")));
    }
    return actions.at(static_cast<std::size_t>(action - names.begin()))
        .run(Arguments(arguments.begin() + 1, arguments.end()));
}

} // namespace holdfast::cli
