#pragma once

#include "cli/doctor/finding.hpp"
#include "cli/style.hpp"

#include <string>
#include <vector>

namespace holdfast::cli::doctor {

/// One part of the appliance and what was found there.
struct Chapter {
    std::string name;
    Findings findings;
};

/// How many findings of that verdict there are.
std::size_t count(const std::vector<Chapter>& chapters, Verdict verdict);

/// For a person: a chapter, and what it comes to in the end.
std::string chapter_text(const Chapter& chapter, const Style& style);
std::string summary_text(const std::vector<Chapter>& chapters, const Style& style);

/// For a program: one object.
std::string report_json(const std::string& site, const std::vector<Chapter>& chapters);

} // namespace holdfast::cli::doctor
