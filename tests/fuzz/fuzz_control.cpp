// What is asked of the plugin: whatever comes, what is understood is said back in the same words.
#include "edge/plugin_commands.hpp"
#include "plugin/control.hpp"

#include <cstdint>
#include <cstdlib>

using namespace holdfast;

namespace {

std::string said_again(const control::Command& command) {
    const auto* const told = std::get_if<control::CertificateEvent>(&command);
    return told != nullptr ? edge::certificate_command(told->name, told->event)
                           : edge::kick_bridge_command();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto command = control::parse(std::string(data, data + size));
    if (command) {
        const auto again = said_again(*command);
        // Escapes can make it longer than is taken.
        if (again.size() <= control::most_bytes && control::parse(again) != command) {
            std::abort();
        }
    }
    return 0;
}
