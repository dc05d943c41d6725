#include "support/raw_client.hpp"

#include "core/error.hpp"
#include "core/unique_fd.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>

namespace holdfast::test {

namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;

constexpr timeval read_limit{10, 0};

enum Type : unsigned {
    connack = 2,
    publish_type = 3,
    puback = 4,
    suback = 9,
};

constexpr unsigned connect_header = 0x10;
constexpr unsigned publish_qos1_header = 0x32;
constexpr unsigned subscribe_header = 0x82;
constexpr std::string_view packet_id("\0\1", 2); // one at a time

class TcpStream : public ByteStream {
public:
    explicit TcpStream(std::uint16_t port)
        : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
                0 ||
            ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &read_limit, sizeof read_limit) != 0) {
            throw_errno("connecting to the broker");
        }
    }
    void write(const std::string& bytes) override {
        if (::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(bytes.size())) {
            throw_errno("sending to the broker");
        }
    }
    std::string read(std::size_t bytes) override {
        std::string result(bytes, '\0');
        const auto got = ::recv(fd_.get(), result.data(), bytes, MSG_WAITALL);
        if (got < 0) {
            throw_errno("reading from the broker");
        }
        if (got != static_cast<ssize_t>(bytes)) {
            throw Error("the broker has closed the connection");
        }
        return result;
    }

private:
    UniqueFd fd_;
};

class WebsocketStream : public ByteStream {
public:
    explicit WebsocketStream(std::uint16_t port)
        : stream_(context_) {
        stream_.next_layer().connect({asio::ip::address_v4::loopback(), port});
        ::setsockopt(stream_.next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &read_limit,
                     sizeof read_limit);
        stream_.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
            request.set(boost::beast::http::field::sec_websocket_protocol, "mqtt");
        }));
        stream_.handshake("127.0.0.1", "/mqtt");
        stream_.binary(true);
    }
    void write(const std::string& bytes) override { stream_.write(asio::buffer(bytes)); }
    // A frame is not a packet: several come in one, and one in several.
    std::string read(std::size_t bytes) override {
        while (received_.size() < bytes) {
            boost::beast::flat_buffer frame;
            stream_.read(frame);
            received_ += boost::beast::buffers_to_string(frame.data());
        }
        auto result = received_.substr(0, bytes);
        received_.erase(0, bytes);
        return result;
    }

private:
    asio::io_context context_;
    websocket::stream<asio::ip::tcp::socket> stream_;
    std::string received_;
};

std::string two_bytes(std::size_t number) {
    return {static_cast<char>(number >> 8U), static_cast<char>(number & 0xffU)};
}

std::string field(std::string_view text) {
    return two_bytes(text.size()).append(text);
}

unsigned byte_at(const std::string& body, std::size_t at) {
    return static_cast<unsigned char>(body.at(at));
}

} // namespace

std::unique_ptr<ByteStream> tcp_stream(std::uint16_t port) {
    return std::make_unique<TcpStream>(port);
}

std::unique_ptr<ByteStream> websocket_stream(std::uint16_t port) {
    return std::make_unique<WebsocketStream>(port);
}

RawClient::RawClient(std::unique_ptr<ByteStream> stream, Version version)
    : stream_(std::move(stream))
    , version_(version) {}

void RawClient::send(unsigned header, const std::string& body) {
    std::string packet(1, static_cast<char>(header));
    auto left = body.size();
    do {
        const auto more = left > 0x7f ? 0x80U : 0U;
        packet += static_cast<char>((left & 0x7fU) | more);
        left >>= 7U;
    } while (left > 0);
    stream_->write(packet + body);
}

RawClient::Packet RawClient::receive() {
    const auto header = byte_at(stream_->read(1), 0);
    std::size_t size = 0;
    for (unsigned shift = 0;; shift += 7) {
        const auto byte = byte_at(stream_->read(1), 0);
        size |= std::size_t{byte & 0x7fU} << shift;
        if ((byte & 0x80U) == 0) {
            break;
        }
    }
    return {header >> 4U, size > 0 ? stream_->read(size) : std::string()};
}

std::string RawClient::await(unsigned type) {
    for (;;) {
        auto packet = receive();
        if (packet.type == type) {
            return std::move(packet.body);
        }
    }
}

int RawClient::connect(std::string_view client_id, std::string_view user,
                       std::string_view password) {
    constexpr char clean_with_user_and_password = static_cast<char>(0xc2);
    auto body = field(version_ == Version::v31 ? "MQIsdp" : "MQTT");
    body += static_cast<char>(version_);
    body += clean_with_user_and_password;
    body += two_bytes(60); // keepalive
    body += v5() ? std::string(1, '\0') : "";
    send(connect_header, body + field(client_id) + field(user) + field(password));
    return static_cast<int>(byte_at(await(connack), 1));
}

int RawClient::subscribe(std::string_view filter) {
    auto body = std::string(packet_id) + (v5() ? std::string(1, '\0') : "");
    send(subscribe_header, body + field(filter) + '\0');
    const auto answer = await(suback);
    return static_cast<int>(byte_at(answer, answer.size() - 1));
}

int RawClient::publish(std::string_view topic, std::string_view payload) {
    auto body = field(topic).append(packet_id) + (v5() ? std::string(1, '\0') : "");
    send(publish_qos1_header, body.append(payload));
    const auto answer = await(puback);
    return answer.size() > 2 ? static_cast<int>(byte_at(answer, 2)) : 0;
}

std::string RawClient::next_topic() {
    const auto body = await(publish_type);
    return body.substr(2, byte_at(body, 0) << 8U | byte_at(body, 1));
}

} // namespace holdfast::test
