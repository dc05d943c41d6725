#pragma once

#include "cli/options.hpp"

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
int run_cert_verify(const Arguments& arguments);

/// The value of a word that must be there; UsageError `missing` otherwise.
std::string required_word(const boost::program_options::variables_map& values,
                          const std::string& name, const std::string& missing);

/// The value of an option, or "".
std::string text_option(const boost::program_options::variables_map& values,
                        const std::string& name);

} // namespace holdfast::cli
