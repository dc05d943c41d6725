#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace holdfast::bridge {

/// What a check found out, as a sentence for a person; of what is bad, with the likely cause and
/// what to do.
struct Finding {
    enum class Verdict {
        good,
        note, ///< works, and is worth knowing
        bad
    };

    Verdict verdict;
    std::string text;
};

using Findings = std::vector<Finding>;

inline bool all_well(const Findings& findings) {
    return std::none_of(findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.verdict == Finding::Verdict::bad;
    });
}

} // namespace holdfast::bridge
