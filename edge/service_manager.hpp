#pragma once

/// What systemd wants to hear (sd_notify(3)); nothing happens where nobody listens.
namespace holdfast::edge::service_manager {

void ready() noexcept;
void stopping() noexcept;
/// Feeds the watchdog.
void alive() noexcept;

} // namespace holdfast::edge::service_manager
