#include "certs/check.hpp"
#include "certs/pem.hpp"
#include "cli/cert/bridge.hpp"
#include "cli/cert/cert.hpp"
#include "cli/setup/installation.hpp"
#include "cli/setup/service_owner.hpp"
#include "config/receipt_routes.hpp"
#include "config/settings.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

/// A file of the kit.
struct Part {
    fs::path path;
    std::string text{};
};

/// What the files of a kit are, by what is in them: their names differ from kit to kit.
struct Kit {
    std::vector<Part> certificates;
    std::vector<Part> keys;
    std::vector<Part> authorities;
};

std::vector<fs::path> files_of(const std::vector<std::string>& words) {
    std::vector<fs::path> files;
    for (const auto& word : words) {
        if (!fs::is_directory(word)) {
            files.emplace_back(word);
            continue;
        }
        for (const auto& entry : fs::directory_iterator(word)) {
            if (entry.is_regular_file() && entry.file_size() <= certs::max_pem_bytes) {
                files.push_back(entry.path());
            }
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

Kit sorted(const std::vector<fs::path>& files) {
    Kit kit;
    for (const auto& file : files) {
        Part part{file, read_file(file)};
        if (part.text.find("PRIVATE KEY-----") != std::string::npos) {
            kit.keys.push_back(std::move(part));
        } else if (part.text.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
            const auto first =
                certs::parse_certificates(part.text, file.string(), certs::Remedy::issue_again);
            auto& kind =
                certs::describe(*first.front()).authority ? kit.authorities : kit.certificates;
            kind.push_back(std::move(part));
        } // the public key and what else lies there is not needed
    }
    return kit;
}

const Part& only(const std::vector<Part>& parts, std::string_view what) {
    if (parts.size() != 1) {
        std::string names;
        for (const auto& part : parts) {
            names += (names.empty() ? ": " : ", ") + part.path.string();
        }
        throw Error(fmt::format("the kit needs one {} and has {}{}; name the files that belong "
                                "together",
                                what, parts.size(), names));
    }
    return parts.front();
}

void check(const Part& certificate, const Part& key, certs::TimePoint now) {
    const auto chain = certs::parse_certificates(certificate.text, certificate.path.string(),
                                                 certs::Remedy::issue_again);
    const auto own = certs::parse_key(key.text, key.path.string(), certs::Remedy::issue_again);
    const auto path = certificate.path.string();
    if (const auto fault = certs::pair_fault(*chain.front(), *own)) {
        throw InputError(path, 0,
                         fmt::format("{} {}: they are of two kits", *fault, key.path.string()));
    }
    const auto description = certs::describe(*chain.front());
    if (!description.for_client) {
        throw InputError(path, 0, "is not for a client, so that no cloud lets us in with it");
    }
    if (now > description.not_after) {
        throw InputError(path, 0,
                         fmt::format("expired on {}: have the cloud make a new one",
                                     certs::utc_text(description.not_after)));
    }
}

std::string joined(const std::vector<Part>& parts) {
    std::string text;
    for (const auto& part : parts) {
        text += part.text + (part.text.ends_with('\n') ? "" : "\n");
    }
    return text;
}

/// Where [cloud] says that they are, else where it looks by default.
config::CloudSettings places(const fs::path& folder) {
    const auto file = folder / "holdfast.conf";
    if (fs::exists(file)) {
        if (auto cloud = config::load_settings(file).cloud) {
            return *cloud;
        }
    }
    config::CloudSettings places;
    places.certificate = folder / "certs/bridge.crt";
    places.key = folder / "certs/bridge.key";
    places.ca = folder / "certs/cloud-ca.crt";
    return places;
}

/// Whether the bridge works with others, which the cloud has to prefer these to first.
bool others_are_in_use(const config::CloudSettings& places, const fs::path& folder) {
    for (const auto& path : {places.certificate, places.key, places.ca}) {
        if (!fs::exists(path)) {
            return false;
        }
    }
    return fs::exists(config::bridge_configuration(folder));
}

void check_free(const config::CloudSettings& places) {
    for (const auto& path : {places.certificate, places.key, places.ca}) {
        if (fs::exists(path)) {
            throw Error(fmt::format("{} exists; --force replaces it", path.string()));
        }
    }
}

void put(const config::CloudSettings& to, const std::map<fs::path, std::string>& contents) {
    fs::create_directories(to.key.parent_path());
    write_file(to.key, contents.at(to.key), FileMode::secret);
    ServiceOwner(installed_broker_user).owns(to.key);
    write_file(to.certificate, contents.at(to.certificate), FileMode::public_);
    write_file(to.ca, contents.at(to.ca), FileMode::public_);
    fmt::print("wrote {}, {} and {}\n'holdfast init --cloud aws://ENDPOINT' makes them the way to "
               "the cloud; where holdfast.conf has it already, 'holdfast render'\n",
               to.certificate.string(), to.key.string(), to.ca.string());
}

} // namespace

int run_cert_import(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("file", po::value<std::vector<std::string>>()->default_value({}, ""),
                          "the files of the kit, or the folder that has them");
    options.add_options()("force", "replace what is there without trying the new one");
    add_receipt_limit_option(options,
                             "how many seconds the first receipt through a new one may take");
    const auto values =
        parse(arguments, options,
              "Takes the certificate, the private key and the root CA of an AWS IoT Core thing (or "
              "of another cloud) for the bridge, after a check that they belong together.",
              "holdfast cert import ~/Downloads/my-thing/",
              {"holdfast cert import", po::positional_options_description().add("file", -1)});
    if (!values) {
        return exit_fine;
    }
    const auto limit = receipt_limit_option(*values);
    const auto words = (*values)["file"].as<std::vector<std::string>>();
    if (words.empty()) {
        throw UsageError("import which files? the certificate, its key and the root CA");
    }
    const auto kit = sorted(files_of(words));
    const auto& certificate = only(kit.certificates, "certificate");
    const auto& key = only(kit.keys, "private key");
    if (kit.authorities.empty()) {
        throw Error("the kit has no root CA: AWS has it at "
                    "https://www.amazontrust.com/repository/AmazonRootCA1.pem");
    }
    check(certificate, key, std::chrono::system_clock::now());
    const auto folder = dir_option(*values);
    const auto to = places(folder);
    const std::map<fs::path, std::string> contents{
        {to.key, key.text}, {to.certificate, certificate.text}, {to.ca, joined(kit.authorities)}};
    if (values->count("force") == 0 && others_are_in_use(to, folder)) {
        const bool kept = try_for_bridge(settings_with_cloud(folder), folder, contents, limit);
        return kept ? exit_fine : exit_no;
    }
    if (values->count("force") == 0) {
        check_free(to);
    }
    put(to, contents);
    return exit_fine;
}

} // namespace holdfast::cli
