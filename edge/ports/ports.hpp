#pragma once

#include "core/log.hpp"
#include "edge/ports/message_bus.hpp"
#include "edge/ports/serial_port.hpp"

#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace holdfast::ports {

/// What sensors and outputs share. It must outlive them.
struct Ports {
    Ports(boost::asio::io_context& event_loop, Log to, std::filesystem::path state_folder)
        : loop(event_loop)
        , log(std::move(to))
        , state(std::move(state_folder)) {}
    Ports(const Ports&) = delete;
    Ports& operator=(const Ports&) = delete;
    ~Ports() { background.join(); }

    boost::asio::io_context& loop;
    Log log;
    /// A folder where a little may be kept over restarts.
    std::filesystem::path state;
    MessageBus bus;
    /// For what is ordered: of these the broker keeps what comes while we are away.
    MessageBus orders;
    SerialPorts serial;
    boost::asio::thread_pool background{1};

    /// What keep() stored under that name, or nothing.
    std::optional<std::string> kept(const std::string& name) const;
    /// Replaces it durably, soon and without holding up the loop: a slow card may take its time.
    /// In the order of the calls, all done when this object goes; a failure is logged.
    void keep(const std::string& name, std::string content);
};

} // namespace holdfast::ports
