#include "support/iot_core_stand_in.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <mutex>
#include <thread>

namespace holdfast::test {

namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::string_view alpn = "x-amzn-mqtt-ca";

int choose_alpn(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* length,
                const unsigned char* offered, unsigned offered_length, void* /*unused*/) {
    for (unsigned at = 0; at < offered_length; at += offered[at] + 1U) {
        const std::string_view name(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
        if (name == alpn) {
            *chosen = offered + at + 1;
            *length = offered[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

asio::ssl::context tls_context(const IotCoreStandIn::Spec& spec) {
    asio::ssl::context context(asio::ssl::context::tls_server);
    context.use_certificate_chain_file(spec.certificate.string());
    context.use_private_key_file(spec.key.string(), asio::ssl::context::pem);
    context.load_verify_file(spec.client_ca.string());
    context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    SSL_CTX_set_alpn_select_cb(context.native_handle(), choose_alpn, nullptr);
    return context;
}

/// A client's connection and the one to the broker.
struct Connection {
    Connection(tcp::socket socket, asio::ssl::context& context, const IotCoreStandIn::Spec& spec,
               Connects& connects)
        : client(std::move(socket), context)
        , broker(client.get_executor())
        , rules(spec.limits, spec.site, connects) {}

    void close() {
        boost::system::error_code ignored; // an end that is closed already
        client.lowest_layer().close(ignored);
        broker.close(ignored);
    }

    asio::ssl::stream<tcp::socket> client;
    tcp::socket broker;
    IotCoreRules rules;
};

using Shared = std::shared_ptr<Connection>;

} // namespace

class IotCoreStandIn::Impl {
public:
    explicit Impl(Spec given)
        : spec_(std::move(given))
        , tls_(tls_context(spec_))
        , listener_(loop_, {asio::ip::address_v4::loopback(), spec_.port}) {
        asio::co_spawn(loop_, accept(), asio::detached);
        thread_ = std::thread([this] { loop_.run(); });
    }

    ~Impl() {
        loop_.stop();
        thread_.join();
    }

    template <typename Value>
    Value read(const Value& value) const {
        const std::lock_guard lock(mutex_);
        return value;
    }

private:
    asio::awaitable<void> accept() {
        for (;;) {
            auto socket = co_await listener_.async_accept(use_awaitable);
            socket.set_option(tcp::no_delay(true));
            asio::co_spawn(
                loop_,
                serve(std::make_shared<Connection>(std::move(socket), tls_, spec_, connects_)),
                asio::detached);
        }
    }

    asio::awaitable<void> serve(Shared connection) {
        try {
            co_await connection->client.async_handshake(asio::ssl::stream_base::server,
                                                        use_awaitable);
            const char* const name =
                SSL_get_servername(connection->client.native_handle(), TLSEXT_NAMETYPE_host_name);
            if (name == nullptr || name != spec_.host_name) {
                complain("no server name in TLS");
                connection->close();
                co_return;
            }
            co_await connection->broker.async_connect(
                {asio::ip::address_v4::loopback(), spec_.broker_port}, use_awaitable);
            connection->broker.set_option(tcp::no_delay(true));
        } catch (const boost::system::system_error&) {
            connection->close(); // the client or the broker is gone, or does not speak TLS
            co_return;
        }
        count(connections);
        asio::co_spawn(loop_, up(connection), asio::detached);
        asio::co_spawn(loop_, down(connection), asio::detached);
    }

    asio::awaitable<void> up(Shared connection) {
        co_await pass(*connection, connection->client, connection->broker,
                      [&](std::string_view packet) {
                          return connection->rules.from_client(packet, Clock::now());
                      });
    }

    asio::awaitable<void> down(Shared connection) {
        co_await pass(*connection, connection->broker, connection->client,
                      [&](std::string_view packet) {
                          return connection->rules.from_cloud(packet, Clock::now());
                      });
    }

    template <typename From, typename To, typename Judge>
    asio::awaitable<void> pass(Connection& connection, From& from, To& to, Judge judge) {
        try {
            PacketStream packets;
            std::array<char, 16 * 1024> buffer{};
            asio::steady_timer pace(loop_);
            for (;;) {
                const auto size =
                    co_await from.async_read_some(asio::buffer(buffer), use_awaitable);
                packets.add({buffer.data(), size});
                std::string passed;
                if (!judge_all(packets, judge, passed)) {
                    break;
                }
                co_await asio::async_write(to, asio::buffer(passed), use_awaitable);
                // What is above the limit is not refused but read late.
                pace.expires_after(
                    std::chrono::microseconds(size * 1'000'000 / spec_.limits.bytes_per_second));
                co_await pace.async_wait(use_awaitable);
            }
        } catch (const boost::system::system_error&) {
            // One end has closed; the other follows.
        }
        connection.close();
    }

    /// Adds what passes; false when the connection is to end.
    template <typename Judge>
    bool judge_all(PacketStream& packets, Judge& judge, std::string& passed) {
        for (auto packet = packets.next(); !packet.empty(); packet = packets.next()) {
            const IotCoreRules::Verdict verdict = judge(packet);
            if (verdict.fate == IotCoreRules::Fate::ends) {
                if (verdict.reason != "connected too soon") {
                    complain(verdict.reason);
                }
                return false;
            }
            if (verdict.fate == IotCoreRules::Fate::discarded) {
                complain(verdict.reason);
                count(discarded);
                continue;
            }
            passed += packet;
        }
        return true;
    }

    void complain(const std::string& reason) {
        const std::lock_guard lock(mutex_);
        complaints.push_back(reason);
    }

    void count(std::uint64_t& counter) {
        const std::lock_guard lock(mutex_);
        ++counter;
    }

    Spec spec_;
    asio::io_context loop_;
    asio::ssl::context tls_;
    tcp::acceptor listener_;
    Connects connects_;
    mutable std::mutex mutex_;
    std::thread thread_;

public:
    std::vector<std::string> complaints;
    std::uint64_t discarded = 0;
    std::uint64_t connections = 0;
};

IotCoreStandIn::IotCoreStandIn(Spec spec)
    : impl_(std::make_unique<Impl>(std::move(spec))) {}

IotCoreStandIn::~IotCoreStandIn() = default;

std::vector<std::string> IotCoreStandIn::complaints() const {
    return impl_->read(impl_->complaints);
}

std::uint64_t IotCoreStandIn::discarded() const {
    return impl_->read(impl_->discarded);
}

std::uint64_t IotCoreStandIn::connections() const {
    return impl_->read(impl_->connections);
}

} // namespace holdfast::test
