// The users file: InputError is the only failure, and what was accepted survives a round trip.
#include "core/error.hpp"
#include "plugin/users.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try {
        const auto users = holdfast::Users::parse(text, "users");
        if (holdfast::Users::parse(users.str(), "users") != users) {
            std::abort();
        }
    } catch (const holdfast::InputError& error) {
        if (error.line() == 0) {
            std::abort();
        }
    }
    return 0;
}
