// A dynamic-security file: InputError is the only failure, and what was accepted becomes users and
// a policy that can be read; a name in it that no users file can hold is an Error.
#include "cli/policy/dynsec_policy.hpp"
#include "core/error.hpp"
#include "plugin/policy.hpp"
#include "plugin/users.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace dynsec = holdfast::cli::dynsec;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto made = dynsec::convert(dynsec::parse(text, "dynsec.json"), "dynsec.json");
        holdfast::Users::parse(made.users, "users");
        const holdfast::Policy policy(holdfast::parse_policy(made.policy, "policy"));
    } catch (const holdfast::InputError&) {
    }
    return 0;
}
