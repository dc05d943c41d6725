#include "support/tcp_proxy.hpp"

#include "support/proxy_connection.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/packaged_task.hpp>
#include <boost/asio/post.hpp>

#include <future>
#include <set>
#include <thread>
#include <vector>

namespace holdfast::test {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

} // namespace

class TcpProxy::Impl {
public:
    explicit Impl(std::uint16_t server_port)
        : port_holder_(bound_socket(0))
        , listener_(context_)
        , listener_v6_(context_)
        , port(port_holder_.local_endpoint().port())
        , server_port_(server_port) {
        listen();
        thread_ = std::thread([this] { context_.run(); });
    }

    ~Impl() {
        context_.stop();
        thread_.join();
    }

    template <typename Change>
    void change(Change apply) {
        asio::post(context_, std::packaged_task<void()>([this, apply] { apply(*this); })).get();
    }

    void become(ProxyMode mode, std::chrono::milliseconds latency = {}) {
        const bool was_cut = state.mode == ProxyMode::cut;
        const bool was_deaf = state.mode == ProxyMode::vanish;
        state.mode = mode;
        state.latency = latency;
        if (mode == ProxyMode::cut && !was_cut) {
            listener_.close();
            listener_v6_.close();
        }
        if (mode != ProxyMode::cut && was_cut) {
            listen();
        }
        if (mode == ProxyMode::vanish && !was_deaf) {
            go_deaf(listener_);
            go_deaf(listener_v6_);
        }
        if (mode != ProxyMode::vanish && was_deaf) {
            blockers_.clear();
            hear_again(listener_);
            hear_again(listener_v6_);
        }
    }

    void close_connections() {
        for (const auto& connection : connections_) {
            connection->close();
        }
        connections_.clear();
    }

private:
    // Sockets with SO_REUSEADDR may share a port while at most one listens.
    tcp::acceptor bound_socket(std::uint16_t port_number) {
        tcp::acceptor socket(context_, tcp::v4());
        socket.set_option(tcp::acceptor::reuse_address(true));
        socket.bind({asio::ip::address_v4::loopback(), port_number});
        return socket;
    }

    void listen() {
        listener_ = bound_socket(port);
        listener_.listen();
        accept(listener_);
        listen_v6();
    }

    /// Where `localhost` is ::1 first, Mosquitto 2.0.11 may try nothing else.
    void listen_v6() {
        error_code no_v6;
        tcp::acceptor socket(context_);
        socket.open(tcp::v6(), no_v6);
        if (!no_v6) {
            socket.set_option(asio::ip::v6_only(true));
            socket.set_option(tcp::acceptor::reuse_address(true));
            socket.bind({asio::ip::address_v6::loopback(), port}, no_v6);
        }
        if (!no_v6) {
            socket.listen();
            listener_v6_ = std::move(socket);
            accept(listener_v6_);
        }
    }

    /// The kernel drops every SYN while a connection waits that nobody accepts.
    void go_deaf(tcp::acceptor& listener) {
        if (!listener.is_open()) {
            return;
        }
        listener.cancel();
        listener.listen(0);
        auto& blocker = blockers_.emplace_back(context_);
        blocker.open(listener.local_endpoint().protocol());
        blocker.non_blocking(true);
        error_code in_progress;
        blocker.connect(listener.local_endpoint(), in_progress);
    }

    void hear_again(tcp::acceptor& listener) {
        if (!listener.is_open()) {
            return;
        }
        listener.non_blocking(true);
        error_code none_left;
        while (!none_left) {
            const auto drained = listener.accept(none_left);
        }
        listener.listen();
        accept(listener);
    }

    void accept(tcp::acceptor& listener) {
        listener.async_accept([this, &listener](error_code error, tcp::socket client) {
            if (error) {
                return; // cut
            }
            ++state.connections;
            error_code closed_already;
            client.set_option(tcp::no_delay(true), closed_already);
            std::erase_if(connections_, [](const auto& connection) { return !connection->open(); });
            const auto connection = std::make_shared<ProxyConnection>(std::move(client), state);
            connections_.insert(connection);
            connection->start(server_port_);
            accept(listener);
        });
    }

    asio::io_context context_;
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    tcp::acceptor port_holder_; // keeps the port while nothing listens on it
    tcp::acceptor listener_;
    tcp::acceptor listener_v6_;
    std::set<std::shared_ptr<ProxyConnection>> connections_;
    std::vector<tcp::socket> blockers_; ///< each fills the queue of a listener

public:
    const std::uint16_t port;
    ProxyState state;

private:
    std::uint16_t server_port_;
    std::thread thread_;
};

TcpProxy::TcpProxy(std::uint16_t server_port)
    : impl_(std::make_unique<Impl>(server_port)) {}

TcpProxy::~TcpProxy() = default;

std::uint16_t TcpProxy::port() const noexcept {
    return impl_->port;
}

void TcpProxy::pass() {
    impl_->change([](Impl& impl) { impl.become(ProxyMode::pass); });
}

void TcpProxy::cut() {
    impl_->change([](Impl& impl) {
        impl.become(ProxyMode::cut);
        impl.close_connections();
    });
}

void TcpProxy::reset_connections() {
    impl_->change([](Impl& impl) { impl.close_connections(); });
}

void TcpProxy::black_hole() {
    impl_->change([](Impl& impl) { impl.become(ProxyMode::black_hole); });
}

void TcpProxy::vanish() {
    impl_->change([](Impl& impl) { impl.become(ProxyMode::vanish); });
}

void TcpProxy::delay(std::chrono::milliseconds latency) {
    impl_->change([latency](Impl& impl) { impl.become(ProxyMode::pass, latency); });
}

void TcpProxy::throttle(std::uint64_t bytes_per_second) {
    impl_->change([bytes_per_second](Impl& impl) {
        impl.become(ProxyMode::pass);
        impl.state.bytes_per_second = bytes_per_second;
    });
}

void TcpProxy::break_some(unsigned in_100, unsigned seed) {
    impl_->change([in_100, seed](Impl& impl) {
        impl.state.resets_in_100 = in_100;
        impl.state.random.seed(seed);
    });
}

std::uint64_t TcpProxy::bytes_to_server() const noexcept {
    return impl_->state.bytes_to_server;
}

std::uint64_t TcpProxy::bytes_to_client() const noexcept {
    return impl_->state.bytes_to_client;
}

std::uint64_t TcpProxy::bytes_swallowed() const noexcept {
    return impl_->state.bytes_swallowed;
}

std::uint64_t TcpProxy::connections() const noexcept {
    return impl_->state.connections;
}

} // namespace holdfast::test
