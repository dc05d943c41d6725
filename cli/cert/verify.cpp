#include "certs/probe_words.hpp"
#include "certs/tls_probe.hpp"
#include "cli/cert/cert.hpp"
#include "cli/cert/host_port.hpp"
#include "config/settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

constexpr std::uint16_t mqtt_over_tls = 8883;

std::optional<config::CloudSettings> cloud_of(const fs::path& folder) {
    const auto file = folder / "holdfast.conf";
    std::error_code unreadable;
    return fs::exists(file, unreadable) ? config::load_settings(file).cloud : std::nullopt;
}

/// What this appliance would use itself for that host: all that it has for its cloud, or the own
/// authority for what stands on site.
certs::ProbeTarget usual_target(const std::string& host, const fs::path& folder) {
    certs::ProbeTarget target{.host = host, .port = mqtt_over_tls};
    const auto cloud = cloud_of(folder);
    if (cloud && cloud->address == host) {
        target.port = cloud->port;
        target.ca = cloud->ca;
        target.certificate = cloud->certificate;
        target.key = cloud->key;
        target.alpn = cloud->alpn;
    } else if (std::error_code error; fs::exists(folder / "certs/ca.crt", error)) {
        target.ca = folder / "certs/ca.crt";
    }
    return target;
}

certs::ProbeTarget target_of(const po::variables_map& values) {
    const auto where = parse_host_port(required_word(values, "server", "verify which server?"));
    auto target = usual_target(where.host, dir_option(values));
    target.port = where.port.value_or(target.port);
    if (const auto ca = text_option(values, "ca"); !ca.empty()) {
        target.ca = ca == "system" ? fs::path() : fs::path(ca);
    }
    if (values.count("certificate") + values.count("key") != 0) {
        target.certificate = text_option(values, "certificate");
        target.key = text_option(values, "key");
    }
    target.server_name = text_option(values, "name");
    target.limit = std::chrono::seconds(values["timeout"].as<unsigned>());
    if (values.count("alpn") != 0) {
        target.alpn = text_option(values, "alpn");
    }
    return target;
}

void print_seen(const certs::ProbeTarget& target, const certs::ProbeResult& result) {
    fmt::print("{} port {}", target.host, target.port);
    if (!result.address.empty() && result.address != target.host) {
        fmt::print(" at {}", result.address);
    }
    if (!result.protocol.empty()) {
        fmt::print(": {}, {}{}", result.protocol, result.cipher,
                   result.alpn.empty() ? "" : ", protocol " + result.alpn);
    }
    fmt::print("\n");
    for (const auto& certificate : result.chain) {
        fmt::print("  \"{}\" by \"{}\", {} to {}{}\n", certificate.subject, certificate.issuer,
                   certs::utc_text(certificate.not_before), certs::utc_text(certificate.not_after),
                   certificate.names.empty()
                       ? ""
                       : fmt::format(", for {}", fmt::join(certificate.names, ", ")));
    }
}

} // namespace

int run_cert_verify(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("server", po::value<std::string>(), "HOST, HOST:PORT or [ADDRESS]:PORT");
    options.add_options()("ca", po::value<std::string>(),
                          "file of the authorities to trust, or 'system'; if not given, those of "
                          "the appliance's cloud for its cloud, else its own");
    options.add_options()("certificate", po::value<std::string>(), "our certificate");
    options.add_options()("key", po::value<std::string>(), "its key");
    options.add_options()("name", po::value<std::string>(),
                          "the name to ask for and to find, if not HOST");
    options.add_options()("timeout", po::value<unsigned>()->default_value(10),
                          "seconds for all of it");
    options.add_options()("alpn", po::value<std::string>(), "application protocol to ask for");
    const auto values =
        parse(arguments, options, "Connects with TLS and says in plain words what is wrong.",
              "holdfast cert verify broker.example.org:8883 --ca cloud-ca.crt",
              {"holdfast cert verify", po::positional_options_description().add("server", 1)});
    if (!values) {
        return exit_fine;
    }
    const auto target = target_of(*values);
    const auto result = certs::probe_tls(target);
    print_seen(target, result);
    if (result.fine()) {
        fmt::print("nothing is wrong: the server is who it says\n");
        return exit_fine;
    }
    for (const auto& sentence : certs::explain(target, result)) {
        fmt::print("wrong: {}\n", sentence);
    }
    return exit_no;
}

} // namespace holdfast::cli
