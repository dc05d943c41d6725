#pragma once

#include "cli/doctor/examinations.hpp"
#include "core/atomic_file.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>

namespace holdfast::test {

using namespace cli::doctor;

/// An appliance of which there is nothing yet.
inline Patient patient() {
    return {.folder = "/nonexistent",
            .installed = false,
            .state = "/nonexistent/state",
            .broker_user = "nobody"};
}

/// Where the daemon says this of itself.
inline Patient with_daemon(const char* status) {
    auto one = patient();
    one.standing.daemon = nlohmann::json::parse(status);
    return one;
}

/// All of one verdict, a line each.
inline std::string said(const Findings& findings, Verdict verdict) {
    std::string lines;
    for (const auto& finding : findings) {
        if (finding.verdict == verdict) {
            CHECK((verdict == Verdict::good || !finding.why.empty()));
            CHECK((verdict == Verdict::good || !finding.remedy.empty()));
            lines += finding.what + "\n";
        }
    }
    return lines;
}

inline void put(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    write_file(file, text, FileMode::public_);
}

} // namespace holdfast::test
