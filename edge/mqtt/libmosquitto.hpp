#pragma once

// libmosquitto and the numbers of MQTT 5, in whichever headers this release has them.

#include <mosquitto.h>
#if !__has_include(<mosquitto/mqtt_protocol.h>) // 2.0; from 2.1 on they come with the one above
#include <mqtt_protocol.h>
#endif
