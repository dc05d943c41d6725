#include "mqtt_connection.hpp"

#include "core/error.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace holdfast::bench {

namespace {

UniqueFd connect_to(std::uint16_t port) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw_errno("cannot connect to the broker");
    }
    return fd;
}

std::string field(const std::string& text) {
    return std::string{'\0', static_cast<char>(text.size())} + text;
}

} // namespace

std::string packet(unsigned char first, const std::string& body) {
    if (body.size() > 127) {
        throw Error("a packet for a measurement has at most 127 bytes");
    }
    return std::string{static_cast<char>(first), static_cast<char>(body.size())} + body;
}

std::string publish_packet(const std::string& topic, const std::string& payload) {
    return packet(0x30, field(topic) + payload);
}

MqttConnection::MqttConnection(std::uint16_t port)
    : fd_(connect_to(port)) {}

void MqttConnection::send_connect(const std::string& client, const std::string& user,
                                  const std::string& password) const {
    std::string body = field("MQTT");
    body += std::string{4, static_cast<char>(0xC2), 0, 60}; // clean session, user, password
    send(packet(0x10, body + field(client) + field(user) + field(password)));
}

int MqttConnection::connack() const {
    return receive(4)[3];
}

void MqttConnection::ping() const {
    send(packet(0xC0, ""));
    receive(2);
}

void MqttConnection::subscribe(const std::string& filter) const {
    send(packet(0x82, std::string{0, 1} + field(filter) + std::string(1, '\0')));
    if (receive(5)[4] != 0) {
        throw Error("the broker refuses the subscription to " + filter);
    }
}

void MqttConnection::disconnect() const {
    send(packet(0xE0, ""));
}

void MqttConnection::send(const std::string& bytes) const {
    if (::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(bytes.size())) {
        throw_errno("cannot write to the broker");
    }
}

std::string MqttConnection::receive(std::size_t size) const {
    std::string bytes(size, '\0');
    if (::recv(fd_.get(), bytes.data(), size, MSG_WAITALL) != static_cast<ssize_t>(size)) {
        throw Error("the broker ended a connection");
    }
    return bytes;
}

} // namespace holdfast::bench
