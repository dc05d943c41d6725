#include "certs/export.hpp"

#include "cli/cert/cert.hpp"
#include "cli/prompt.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

struct Export {
    std::string_view format;
    std::string_view extension;
    bool locked; ///< with a password
};

constexpr std::array exports{
    Export{"pem", ".pem", false},
    Export{"p12", ".p12", true},
    Export{"c-header", ".h", false},
};

const Export& export_option(const po::variables_map& values) {
    const auto format = values["format"].as<std::string>();
    for (const auto& known : exports) {
        if (known.format == format) {
            return known;
        }
    }
    throw UsageError(
        fmt::format("there is no format {}; there are pem, p12 and c-header", quoted(format)));
}

std::string password_option(const po::variables_map& values) {
    if (const auto file = text_option(values, "password-file"); !file.empty()) {
        const auto text = read_file(file);
        const auto line = trim(text).substr(0, trim(text).find('\n'));
        if (line.empty()) {
            throw InputError(file, 0, "is empty; the password is its first line");
        }
        return std::string(line);
    }
    return ask_new_secret("password for the file: ", "the password");
}

std::string content(const Export& how, const certs::Credentials& credentials, const std::string& ca,
                    const std::string& name, const po::variables_map& values) {
    if (how.locked) {
        return certs::to_pkcs12(credentials, ca, name, password_option(values));
    }
    return how.format == "pem" ? certs::to_bundle(credentials, ca)
                               : certs::to_c_header(credentials, ca);
}

} // namespace

int run_cert_export(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("name", po::value<std::string>(), "the certificate, as in 'cert list'");
    options.add_options()("format", po::value<std::string>()->default_value("pem"),
                          "pem for programs, p12 for phones and browsers, c-header for an ESP32");
    options.add_options()("out", po::value<std::string>(), "the file; NAME.pem, .p12 or .h here");
    options.add_options()("password-file", po::value<std::string>(),
                          "file with the password for p12; asked for if not given");
    options.add_options()("force", "replace the file if it is there");
    const auto values =
        parse(arguments, options,
              "Puts a certificate, its key and the authority to trust into one "
              "file for whoever is to use them. The file is as secret as the key.",
              "holdfast cert export esp32 --format c-header --out secrets.h",
              {"holdfast cert export", po::positional_options_description().add("name", 1)});
    if (!values) {
        return exit_fine;
    }
    const auto name =
        required_word(*values, "name", "export which? 'holdfast cert list' shows all");
    const auto& how = export_option(*values);
    const auto certs = dir_option(*values) / "certs";
    certs::load_certificates(certs / (name + ".crt"), certs::Remedy::issue_again);
    const certs::Credentials credentials{read_file(certs / (name + ".crt")),
                                         read_file(certs / (name + ".key"))};
    const fs::path out =
        values->count("out") != 0 ? text_option(*values, "out") : name + std::string(how.extension);
    if (fs::exists(out) && values->count("force") == 0) {
        throw Error(fmt::format("{} exists; --force replaces it", out.string()));
    }
    write_file(fs::absolute(out),
               content(how, credentials, read_file(certs / "ca.crt"), name, *values),
               FileMode::secret);
    fmt::print("wrote {}: it lets in whoever has it{}\n", out.string(),
               how.locked ? " and the password" : "");
    return exit_fine;
}

} // namespace holdfast::cli
