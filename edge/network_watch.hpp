#pragma once

#include "edge/uplink/lookout.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace holdfast::edge {

/// The thin shell around uplink::Lookout: tries whether the cloud's port takes connections, and
/// never blocks the loop. It sends nothing there.
///
/// The addresses of a name are looked up while there is a link, so that they are known without one.
class NetworkWatch {
public:
    /// `back` is called when the network is back and the bridge does not know.
    NetworkWatch(boost::asio::io_context& loop, std::string host, std::uint16_t port,
                 std::function<void()> back);

    /// The bridge says that it is connected, or not.
    void link(bool up);
    /// Nobody knows what the bridge does.
    void pause();

private:
    using Tcp = boost::asio::ip::tcp;

    void look_up();
    void pump();
    void try_port();
    void answered(uplink::Lookout::Answer answer);

    std::function<void()> back_;
    std::string host_; ///< empty: an address
    std::uint16_t port_;
    uplink::Lookout lookout_;
    Tcp::resolver resolver_;
    std::vector<Tcp::endpoint> addresses_;
    Tcp::socket socket_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer limit_; ///< of a try
    bool tries_ = false;
};

} // namespace holdfast::edge
