#pragma once

#include "certs/inspect.hpp"
#include "cli/options.hpp"
#include "support/captured_output.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <filesystem>
#include <string>

namespace holdfast::test {

/// An appliance's folder, and words to `holdfast cert` about it.
struct CertFolder {
    TempFolder folder;
    std::filesystem::path certs = folder / "certs";

    int run(cli::Arguments words) const {
        words.insert(words.end(), {"--dir", folder.path().string()});
        return cli::run_cert(words);
    }
    std::string output(const cli::Arguments& words) const {
        return output_of([&] { CHECK(run(words) == cli::exit_fine); });
    }
    void quietly(const cli::Arguments& words) const { static_cast<void>(output(words)); }
    certs::Description certificate(const std::string& name) const {
        return certs::describe(certs / (name + ".crt"));
    }
};

inline std::filesystem::perms mode(const std::filesystem::path& path) {
    return std::filesystem::status(path).permissions();
}

} // namespace holdfast::test
