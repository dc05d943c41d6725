#include "edge/service_manager.hpp"

#include <systemd/sd-daemon.h>

namespace holdfast::edge::service_manager {

void ready() noexcept {
    sd_notify(0, "READY=1");
}
void stopping() noexcept {
    sd_notify(0, "STOPPING=1");
}
void alive() noexcept {
    sd_notify(0, "WATCHDOG=1");
}

} // namespace holdfast::edge::service_manager
