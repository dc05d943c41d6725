#pragma once

#include <string>
#include <vector>

namespace holdfast::cli::doctor {

enum class Verdict {
    good,
    note, ///< works, and is worth knowing
    bad
};

/// What one look at an appliance found. What is not good also says why that matters and what to
/// type.
struct Finding {
    Verdict verdict;
    std::string what;
    std::string why{};
    std::string remedy{};
};

using Findings = std::vector<Finding>;

inline Finding good(std::string what) {
    return {Verdict::good, std::move(what)};
}
inline Finding note(std::string what, std::string why, std::string remedy) {
    return {Verdict::note, std::move(what), std::move(why), std::move(remedy)};
}
inline Finding bad(std::string what, std::string why, std::string remedy) {
    return {Verdict::bad, std::move(what), std::move(why), std::move(remedy)};
}

} // namespace holdfast::cli::doctor
