#include "certs/issued.hpp"
#include "cli/cert/cert.hpp"
#include "cli/prompt.hpp"
#include "cli/setup/installation.hpp"
#include "cli/setup/service_owner.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

std::string passphrase_in(const fs::path& file) {
    const auto text = read_file(file);
    const auto line = trim(text);
    if (line.empty()) {
        throw InputError(file.string(), 0, "is empty; the passphrase is its first line");
    }
    return std::string(line.substr(0, line.find('\n')));
}

/// Whose the file was stays so; a first key of the broker is the broker's.
void keep_owner(const fs::path& key, const struct stat* before, bool of_broker) {
    if (before == nullptr) {
        if (of_broker) {
            ServiceOwner(installed_broker_user).owns(key);
        }
    } else if (::geteuid() == 0 && ::chown(key.c_str(), before->st_uid, before->st_gid) != 0) {
        throw_errno(key.string());
    }
}

} // namespace

void add_passphrase_option(po::options_description& options) {
    options.add_options()("passphrase-file", po::value<std::string>(),
                          "file with the passphrase of the authority's key; asked for where it "
                          "has one and this is not given");
}

void add_new_passphrase_options(po::options_description& options) {
    options.add_options()("passphrase",
                          "lock the authority's key with a passphrase, asked for now");
    options.add_options()("passphrase-file", po::value<std::string>(),
                          "lock it with the passphrase in this file");
}

certs::Passphrase passphrase_option(const po::variables_map& values) {
    if (const auto file = text_option(values, "passphrase-file"); !file.empty()) {
        return [file] { return passphrase_in(file); };
    }
    return [] { return ask_secret("passphrase of the authority: "); };
}

std::string new_passphrase_option(const po::variables_map& values) {
    if (const auto file = text_option(values, "passphrase-file"); !file.empty()) {
        return passphrase_in(file);
    }
    return values.count("passphrase") == 0
               ? std::string()
               : ask_new_secret("passphrase for the authority: ", "the passphrase");
}

void store(const certs::Credentials& credentials, const fs::path& certs, const std::string& name,
           certs::TimePoint now) {
    const auto key = certs / (name + ".key");
    struct stat before {};
    const bool existed = ::stat(key.c_str(), &before) == 0;
    certs::record_issued(certs, credentials.certificate_pem, now);
    certs::save(credentials, certs, name);
    keep_owner(key, existed ? &before : nullptr, name == "server");
}

} // namespace holdfast::cli
