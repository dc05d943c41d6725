#include "edge/mqtt/library.hpp"

#include "edge/mqtt/handle.hpp"

#include <mosquitto.h>

namespace holdfast::mqtt {

Library::Library() {
    check(mosquitto_lib_init(), "cannot start libmosquitto");
}

Library::~Library() {
    mosquitto_lib_cleanup();
}

} // namespace holdfast::mqtt
