#include "edge/mqtt/library.hpp"

#include "edge/mqtt/handle.hpp"

#include <mosquitto.h>

#include <csignal>

namespace holdfast::mqtt {

Library::Library() {
    // OpenSSL writes to a socket whose far end is gone with plain write(): that is an error for the
    // client to see and no reason to die.
    std::signal(SIGPIPE, SIG_IGN);
    check(mosquitto_lib_init(), "cannot start libmosquitto");
}

Library::~Library() {
    mosquitto_lib_cleanup();
}

} // namespace holdfast::mqtt
