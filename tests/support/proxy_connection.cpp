#include "support/proxy_connection.hpp"

#include <boost/asio/write.hpp>

namespace holdfast::test {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_queued_bytes = 4 * 1024 * 1024;

} // namespace

void ProxyPipe::read() {
    reading_ = true;
    from_.async_read_some(asio::buffer(buffer_), [this, self = owner_.shared_from_this()](
                                                     error_code error, std::size_t size) {
        reading_ = false;
        if (error) {
            owner_.close();
            return;
        }
        std::string bytes(buffer_.data(), size);
        if (limited_) {
            bytes = limited_->pass(bytes);
            if (limited_->ended()) {
                owner_.close();
                return;
            }
        }
        if (!bytes.empty()) {
            take(std::move(bytes));
        }
        if (queued_bytes_ < most_queued_bytes) {
            read();
        }
    });
}

void ProxyPipe::take(std::string bytes) {
    if (owner_.state.mode == ProxyMode::black_hole) {
        owner_.swallowed = true;
    }
    if (owner_.swallowed) {
        return;
    }
    queued_bytes_ += bytes.size();
    queue_.push_back({Clock::now() + owner_.state.latency, std::move(bytes)});
    if (queue_.size() == 1) {
        wait_for_first();
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
                              owner_.close();
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

void ProxyConnection::start(std::uint16_t server_port) {
    if (state.mode == ProxyMode::black_hole) {
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

void ProxyConnection::close() {
    error_code ignored; // an end that is closed already
    client_.close(ignored);
    server_.close(ignored);
    up_.close();
    down_.close();
}

} // namespace holdfast::test
