#include "cli/doctor/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace holdfast::cli::doctor {

namespace {

using Json = nlohmann::ordered_json;

std::string_view word(Verdict verdict) {
    switch (verdict) {
    case Verdict::good:
        return "ok";
    case Verdict::note:
        return "note";
    case Verdict::bad:
        break;
    }
    return "FAIL";
}

std::string mark(Verdict verdict, const Style& style) {
    const auto padded = fmt::format("{:<4}", word(verdict));
    switch (verdict) {
    case Verdict::good:
        return style.good(padded);
    case Verdict::note:
        return style.warning(padded);
    case Verdict::bad:
        break;
    }
    return style.bad(padded);
}

std::string counted(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

} // namespace

std::size_t count(const std::vector<Chapter>& chapters, Verdict verdict) {
    std::size_t total = 0;
    for (const auto& chapter : chapters) {
        total += static_cast<std::size_t>(
            std::count_if(chapter.findings.begin(), chapter.findings.end(),
                          [&](const Finding& finding) { return finding.verdict == verdict; }));
    }
    return total;
}

std::string chapter_text(const Chapter& chapter, const Style& style) {
    auto page = style.strong(chapter.name) + "\n";
    for (const auto& finding : chapter.findings) {
        page += fmt::format("  {}  {}\n", mark(finding.verdict, style), finding.what);
        if (!finding.why.empty()) {
            page += fmt::format("        why: {}\n", finding.why);
        }
        if (!finding.remedy.empty()) {
            page += fmt::format("        do:  {}\n", finding.remedy);
        }
    }
    return page;
}

std::string summary_text(const std::vector<Chapter>& chapters, const Style& style) {
    const auto failures = count(chapters, Verdict::bad);
    const auto notes = count(chapters, Verdict::note);
    if (failures == 0 && notes == 0) {
        return style.good("All is well.") + "\n";
    }
    const auto words = fmt::format("{}, {}.", counted(failures, "failure"), counted(notes, "note"));
    return (failures == 0 ? style.warning(words) : style.bad(words)) + "\n";
}

std::string report_json(const std::string& site, const std::vector<Chapter>& chapters) {
    auto findings = Json::array();
    for (const auto& chapter : chapters) {
        for (const auto& finding : chapter.findings) {
            findings.push_back({{"area", chapter.name},
                                {"verdict", word(finding.verdict)},
                                {"what", finding.what},
                                {"why", finding.why},
                                {"do", finding.remedy}});
        }
    }
    const Json all{{"site", site},
                   {"failures", count(chapters, Verdict::bad)},
                   {"notes", count(chapters, Verdict::note)},
                   {"findings", std::move(findings)}};
    return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace holdfast::cli::doctor
