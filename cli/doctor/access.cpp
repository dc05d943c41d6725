#include "cli/doctor/examinations.hpp"
#include "cli/policy/check.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

namespace holdfast::cli::doctor {

Findings examine_access(const Patient& patient) {
    const auto users_file = patient.folder / "users";
    const auto policy_file = patient.folder / "policy";
    try {
        const auto users = Users::parse(read_file(users_file), users_file.string());
        const auto found =
            check_policy(parse_policy(read_file(policy_file), policy_file.string()), users);
        Findings findings;
        for (const auto& finding : found) {
            const auto place = finding.file == cli::Finding::File::policy
                                   ? fmt::format("{}:{}", policy_file.string(), finding.line)
                                   : users_file.string();
            findings.push_back(note(fmt::format("{}: {}", place, finding.reason),
                                    "it is surely not what was meant",
                                    "mend it, then holdfast policy check"));
        }
        if (findings.empty()) {
            findings.push_back(good("users and policy can be read, and every rule is of use"));
        }
        return findings;
    } catch (const InputError& error) {
        return {bad(error.what(),
                    "the broker goes on with what it had, and does not start with this",
                    "mend that line, then holdfast policy check")};
    }
}

} // namespace holdfast::cli::doctor
