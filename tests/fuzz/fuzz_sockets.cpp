// The kernel's table of sockets: whatever stands there, what is read of it is an address and a
// port.
#include "cli/doctor/sockets.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    for (const auto& socket : holdfast::cli::doctor::parse_sockets(text)) {
        if (socket.address.find_first_not_of("0123456789abcdef.:") != std::string::npos ||
            (socket.on_loopback() && socket.on_all())) {
            std::abort();
        }
    }
    return 0;
}
