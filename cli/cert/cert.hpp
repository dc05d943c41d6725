#pragma once

#include "certs/authority.hpp"
#include "cli/options.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

namespace holdfast::cli {

/// One word behind `holdfast cert`: a row of the table in cert.cpp, and a file of its own.
struct CertAction {
    std::string_view name;
    std::string_view words; ///< what it takes
    std::string_view summary;
    /// As Verb::run.
    int (*run)(const Arguments&);
};

int run_cert_init(const Arguments& arguments);
int run_cert_issue(const Arguments& arguments);
int run_cert_renew(const Arguments& arguments);
int run_cert_revoke(const Arguments& arguments);
int run_cert_list(const Arguments& arguments);
int run_cert_verify(const Arguments& arguments);
int run_cert_export(const Arguments& arguments);
int run_cert_import(const Arguments& arguments);

/// The options --passphrase-file and, for a key that is made, --passphrase.
void add_passphrase_option(boost::program_options::options_description& options);
void add_new_passphrase_options(boost::program_options::options_description& options);
/// From the file, else typed when it is needed.
certs::Passphrase passphrase_option(const boost::program_options::variables_map& values);
/// "" for none.
std::string new_passphrase_option(const boost::program_options::variables_map& values);

/// The same certificate again; the local broker's with the addresses that the machine has now.
certs::Request renewal_of(const certs::Description& old, const std::string& name);

/// Puts what the authority signed where it belongs: into its record, and as NAME.crt and NAME.key
/// into its folder. The broker's key goes on belonging to the broker.
void store(const certs::Credentials& credentials, const std::filesystem::path& certs,
           const std::string& name, certs::TimePoint now);

/// The value of a word that must be there; UsageError `missing` otherwise.
std::string required_word(const boost::program_options::variables_map& values,
                          const std::string& name, const std::string& missing);

/// The option --timeout: how long a new bridge certificate has to prove itself. Throws UsageError
/// outside of a second to an hour.
void add_receipt_limit_option(boost::program_options::options_description& options,
                              const char* about);
std::chrono::seconds receipt_limit_option(const boost::program_options::variables_map& values);

/// The value of an option, or "".
std::string text_option(const boost::program_options::variables_map& values,
                        const std::string& name);

} // namespace holdfast::cli
