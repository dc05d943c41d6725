#include "support/iot_core_stand_in.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

namespace holdfast::test {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
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

/// What was done to the client; other threads look at it.
class Journal {
public:
    void complain(const std::string& reason) {
        const std::lock_guard lock(mutex_);
        complaints_.push_back(reason);
    }
    std::vector<std::string> complaints() const {
        const std::lock_guard lock(mutex_);
        return complaints_;
    }

    std::atomic<std::uint64_t> discarded{0};
    std::atomic<std::uint64_t> connections{0};
    std::atomic<std::uint64_t> wedged{0}; ///< so many of the connections take no publishes

private:
    mutable std::mutex mutex_;
    std::vector<std::string> complaints_;
};

/// A client's connection and the one to the broker.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(tcp::socket socket, asio::ssl::context& context, const IotCoreStandIn::Spec& spec,
               Connects& connects, Journal& journal)
        : spec_(spec)
        , journal_(journal)
        , rules_(spec.limits, spec.site, connects)
        , client_(std::move(socket), context)
        , broker_(client_.get_executor())
        , up_(client_.get_executor())
        , down_(client_.get_executor()) {}

    void start() {
        client_.async_handshake(asio::ssl::stream_base::server,
                                [self = shared_from_this()](error_code error) {
                                    if (!error && self->asked_by_name()) {
                                        self->connect();
                                    } else {
                                        self->close();
                                    }
                                });
    }

private:
    /// One direction.
    struct Way {
        explicit Way(const tcp::socket::executor_type& executor)
            : pace(executor) {}

        std::array<char, 16 * 1024> buffer{};
        PacketStream packets;
        std::string passed;
        asio::steady_timer pace;
    };

    bool asked_by_name() {
        const char* const name =
            SSL_get_servername(client_.native_handle(), TLSEXT_NAMETYPE_host_name);
        if (name != nullptr && name == spec_.host_name) {
            return true;
        }
        journal_.complain("no server name in TLS");
        return false;
    }

    void connect() {
        broker_.async_connect({asio::ip::address_v4::loopback(), spec_.broker_port},
                              [self = shared_from_this()](error_code error) {
                                  if (error) {
                                      self->close();
                                      return;
                                  }
                                  self->broker_.set_option(tcp::no_delay(true));
                                  self->number_ = ++self->journal_.connections;
                                  self->read_up();
                                  self->read_down();
                              });
    }

    void read_up() {
        read(
            client_, broker_, up_, [this] { read_up(); },
            [this](std::string_view packet) { return judge_client(packet); });
    }

    IotCoreRules::Verdict judge_client(std::string_view packet) {
        constexpr unsigned publish = 3;
        if (number_ <= journal_.wedged &&
            static_cast<unsigned char>(packet.front()) >> 4U == publish) {
            return {IotCoreRules::Fate::discarded, "a publish in a wedged connection"};
        }
        return rules_.from_client(packet, Clock::now());
    }

    void read_down() {
        read(
            broker_, client_, down_, [this] { read_down(); },
            [this](std::string_view packet) { return rules_.from_cloud(packet, Clock::now()); });
    }

    template <typename From, typename To, typename Again, typename Judge>
    void read(From& from, To& to, Way& way, Again again, Judge judge) {
        from.async_read_some(asio::buffer(way.buffer), [this, self = shared_from_this(), &to, &way,
                                                        again,
                                                        judge](error_code error, std::size_t size) {
            if (error || !pass(way, size, judge)) {
                close();
                return;
            }
            asio::async_write(to, asio::buffer(way.passed),
                              [this, self, &way, again, size](error_code failed, std::size_t) {
                                  failed ? close() : wait(way, size, again);
                              });
        });
    }

    /// What is above the limit is not refused but read late.
    template <typename Again>
    void wait(Way& way, std::size_t size, Again again) {
        way.pace.expires_after(
            std::chrono::microseconds(size * 1'000'000 / spec_.limits.bytes_per_second));
        way.pace.async_wait([self = shared_from_this(), again](error_code cancelled) {
            if (!cancelled) {
                again();
            }
        });
    }

    /// Puts together what passes; false when the connection is to end.
    template <typename Judge>
    bool pass(Way& way, std::size_t size, Judge judge) {
        way.packets.add({way.buffer.data(), size});
        way.passed.clear();
        for (auto packet = way.packets.next(); !packet.empty(); packet = way.packets.next()) {
            const IotCoreRules::Verdict verdict = judge(packet);
            if (verdict.fate == IotCoreRules::Fate::passes) {
                way.passed += packet;
                continue;
            }
            if (verdict.reason != IotCoreRules::too_soon) {
                journal_.complain(verdict.reason);
            }
            if (verdict.fate == IotCoreRules::Fate::ends) {
                return false;
            }
            ++journal_.discarded;
        }
        return true;
    }

    void close() {
        error_code ignored; // an end that is closed already
        client_.lowest_layer().close(ignored);
        broker_.close(ignored);
        up_.pace.cancel();
        down_.pace.cancel();
    }

    const IotCoreStandIn::Spec& spec_;
    Journal& journal_;
    IotCoreRules rules_;
    std::uint64_t number_ = 0; ///< of the connection, from 1
    asio::ssl::stream<tcp::socket> client_;
    tcp::socket broker_;
    Way up_;
    Way down_;
};

} // namespace

class IotCoreStandIn::Impl {
public:
    explicit Impl(Spec given)
        : spec_(std::move(given))
        , tls_(tls_context(spec_))
        , listener_(loop_, {asio::ip::address_v4::loopback(), spec_.port}) {
        accept();
        thread_ = std::thread([this] { loop_.run(); });
    }

    ~Impl() {
        loop_.stop();
        thread_.join();
    }

    Journal journal;

private:
    void accept() {
        listener_.async_accept([this](error_code error, tcp::socket client) {
            if (!error) {
                client.set_option(tcp::no_delay(true));
                std::make_shared<Connection>(std::move(client), tls_, spec_, connects_, journal)
                    ->start();
                accept();
            }
        });
    }

    Spec spec_;
    Connects connects_;
    asio::ssl::context tls_;
    asio::io_context loop_;
    tcp::acceptor listener_;
    std::thread thread_;
};

IotCoreStandIn::IotCoreStandIn(Spec spec)
    : impl_(std::make_unique<Impl>(std::move(spec))) {}

IotCoreStandIn::~IotCoreStandIn() = default;

std::vector<std::string> IotCoreStandIn::complaints() const {
    return impl_->journal.complaints();
}

std::uint64_t IotCoreStandIn::discarded() const {
    return impl_->journal.discarded;
}

std::uint64_t IotCoreStandIn::connections() const {
    return impl_->journal.connections;
}

void IotCoreStandIn::wedge_connections() {
    impl_->journal.wedged = impl_->journal.connections.load();
}

} // namespace holdfast::test
