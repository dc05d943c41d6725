#include "support/proxy_connection.hpp"

#include <boost/asio/write.hpp>

#include <algorithm>

namespace holdfast::test {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_queued_bytes = 4 * 1024 * 1024;
// What a modem holds before a slow line.
constexpr std::size_t most_queued_before_slow_line = 32 * 1024;
constexpr std::size_t segment = 1024;
// A connection that is to break does so after the login, or up to so much later.
constexpr std::uint64_t longest_before_reset = 20'000;

} // namespace

void ProxyPipe::read() {
    reading_ = true;
    from_.async_read_some(asio::buffer(buffer_), [this, self = owner_.shared_from_this()](
                                                     error_code error, std::size_t size) {
        reading_ = false;
        if (error) {
            owner_.end_of(from_);
            return;
        }
        std::string bytes(buffer_.data(), size);
        if (owner_.breaks(size)) {
            owner_.close();
            return;
        }
        take(std::move(bytes));
        if (queued_bytes_ < (owner_.state.bytes_per_second == 0 ? most_queued_bytes
                                                                : most_queued_before_slow_line)) {
            read();
        }
    });
}

void ProxyPipe::take(std::string bytes) {
    if (owner_.state.swallows()) {
        owner_.swallowed = true;
    }
    if (owner_.swallowed) {
        owner_.state.bytes_swallowed += bytes.size();
        return;
    }
    queued_bytes_ += bytes.size();
    const bool idle = queue_.empty();
    const auto rate = owner_.state.bytes_per_second;
    if (rate == 0) {
        queue_.push_back({Clock::now() + owner_.state.latency, std::move(bytes)});
    } else {
        queue_segments(bytes, rate);
    }
    if (idle) {
        wait_for_first();
    }
}

/// Each is due when a line of that rate has sent it.
void ProxyPipe::queue_segments(const std::string& bytes, std::uint64_t rate) {
    for (std::size_t at = 0; at < bytes.size(); at += segment) {
        auto part = bytes.substr(at, segment);
        free_ = std::max(free_, Clock::now()) +
                std::chrono::microseconds(part.size() * 1'000'000 / rate);
        queue_.push_back({free_ + owner_.state.latency, std::move(part)});
    }
}

void ProxyPipe::wait_for_first() {
    if (queue_.front().due <= Clock::now()) {
        write_first();
        return;
    }
    due_.expires_at(queue_.front().due);
    due_.async_wait([this, self = owner_.shared_from_this()](error_code error) {
        if (!error) {
            write_first();
        }
    });
}

void ProxyPipe::write_first() {
    // Before the write: once the other end has the bytes, the count shows them.
    passed_ += queue_.front().bytes.size();
    asio::async_write(to_, asio::buffer(queue_.front().bytes),
                      [this, self = owner_.shared_from_this()](error_code error, std::size_t size) {
                          if (error) {
                              owner_.end_of(to_);
                              return;
                          }
                          queued_bytes_ -= size;
                          queue_.pop_front();
                          if (!queue_.empty()) {
                              wait_for_first();
                          }
                          if (!reading_) {
                              read();
                          }
                      });
}

bool ProxyConnection::breaks(std::size_t bytes) {
    if (!resets_after) {
        return false;
    }
    *resets_after -= std::min<std::uint64_t>(*resets_after, bytes);
    return *resets_after == 0;
}

void ProxyConnection::start(std::uint16_t server_port) {
    if (state.random() % 100 < state.resets_in_100) {
        resets_after = 1 + state.random() % longest_before_reset;
    }
    if (state.bytes_per_second > 0) { // or the kernel holds megabytes before the slow line
        client_.set_option(asio::socket_base::receive_buffer_size(int{segment} * 8));
    }
    if (state.swallows()) {
        swallowed = true;
        up_.read();
        return;
    }
    server_.async_connect({asio::ip::address_v4::loopback(), server_port},
                          [self = shared_from_this()](error_code error) {
                              if (error) {
                                  self->close();
                                  return;
                              }
                              self->server_.set_option(tcp::no_delay(true));
                              self->up_.read();
                              self->down_.read();
                          });
}

void ProxyConnection::end_of(tcp::socket& end) {
    if (state.mode != ProxyMode::black_hole) {
        close();
        return;
    }
    swallowed = true;
    error_code ignored; // closed already
    end.close(ignored);
}

void ProxyConnection::close() {
    error_code ignored; // an end that is closed already
    client_.close(ignored);
    server_.close(ignored);
    up_.close();
    down_.close();
}

} // namespace holdfast::test
