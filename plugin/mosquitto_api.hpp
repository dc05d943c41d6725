#pragma once

// Mosquitto's plugin API, in whichever headers this release has it. For those sources alone that
// become a module: the broker looks its functions up by name, everything else in them is hidden.

#pragma GCC visibility push(default)
#include <mosquitto.h>
#if !__has_include(<mosquitto/broker_plugin.h>) // 2.0; from 2.1 on they come with the one above
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#endif
#pragma GCC visibility pop
