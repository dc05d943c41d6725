#include "edge/network_watch.hpp"

#include "core/clock.hpp"

#include <boost/asio/connect.hpp>

#include <algorithm>
#include <utility>

namespace holdfast::edge {

namespace {

using namespace std::chrono_literals;
using Answer = uplink::Lookout::Answer;

// In this time the kernel asks twice.
constexpr auto longest_try = 2s;

} // namespace

NetworkWatch::NetworkWatch(boost::asio::io_context& loop, std::string host, std::uint16_t port,
                           std::function<void()> back)
    : back_(std::move(back))
    , host_(std::move(host))
    , port_(port)
    , resolver_(loop)
    , socket_(loop)
    , timer_(loop)
    , limit_(loop) {
    boost::system::error_code is_name;
    if (const auto address = boost::asio::ip::make_address(host_, is_name); !is_name) {
        addresses_.emplace_back(address, port);
        host_.clear(); // there is nothing to look up
    }
}

void NetworkWatch::link(bool up) {
    lookout_.link(up, boot_now());
    if (up && !host_.empty()) {
        look_up();
    }
    pump();
}

void NetworkWatch::pause() {
    lookout_.pause();
    pump();
}

/// Where it fails, what was known before stays.
void NetworkWatch::look_up() {
    resolver_.async_resolve(
        host_, std::to_string(port_), Tcp::resolver::numeric_service,
        [this](const boost::system::error_code& failed, const Tcp::resolver::results_type& found) {
            if (!failed) {
                addresses_.assign(found.begin(), found.end());
            }
        });
}

void NetworkWatch::pump() {
    if (lookout_.take_try(boot_now())) {
        try_port();
    }
    if (lookout_.take_kick()) {
        back_();
    }
    const auto next = lookout_.wake();
    if (!next) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::max<uplink::Time>(*next - boot_now(), 1ms));
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            pump();
        }
    });
}

void NetworkWatch::try_port() {
    if (addresses_.empty()) {
        lookout_.answer(Answer::refused, boot_now()); // the bridge does not know them either
        return;
    }
    // Each is the first in its turn: one that says nothing hides those behind it.
    std::rotate(addresses_.begin(), addresses_.begin() + 1, addresses_.end());
    tries_ = true;
    limit_.expires_after(longest_try);
    limit_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) {
            answered(Answer::none);
        }
    });
    boost::asio::async_connect(
        socket_, addresses_,
        [this](const boost::system::error_code& failed, const Tcp::endpoint& /*which*/) {
            if (failed != boost::asio::error::operation_aborted) {
                answered(failed ? Answer::refused : Answer::taken);
            }
        });
}

void NetworkWatch::answered(Answer answer) {
    if (!std::exchange(tries_, false)) {
        return; // both came at the same time
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
    limit_.cancel();
    lookout_.answer(answer, boot_now());
    pump();
}

} // namespace holdfast::edge
