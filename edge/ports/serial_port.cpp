#include "edge/ports/serial_port.hpp"

#include "core/error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace holdfast::ports {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds first_retry{500};
constexpr milliseconds longest_retry{10'000};

} // namespace

SerialPort::SerialPort(asio::io_context& loop, SerialSettings settings)
    : settings_(std::move(settings))
    , port_(loop)
    , retry_(loop)
    , settle_timer_(loop)
    , delay_(first_retry)
    , splitter_({[this](std::string_view text) {
                     settled();
                     tell([&](Listener& listener) { listener.line(text); });
                 },
                 [this] { tell([](Listener& listener) { listener.overlong(); }); }}) {}

template <typename Call>
void SerialPort::tell(Call call) {
    const auto listeners = listeners_; // one that is told may attach or detach others
    for (auto* const listener : listeners) {
        if (std::find(listeners_.begin(), listeners_.end(), listener) != listeners_.end()) {
            call(*listener);
        }
    }
}

void SerialPort::attach(Listener& listener) {
    listeners_.push_back(&listener);
    if (listeners_.size() == 1) {
        open();
    } else if (!trouble_.empty()) {
        listener.failed(trouble_);
    } else if (settled_) {
        listener.opened();
    }
}

void SerialPort::detach(Listener& listener) noexcept {
    listeners_.erase(std::remove(listeners_.begin(), listeners_.end(), &listener),
                     listeners_.end());
    if (listeners_.empty()) {
        error_code ignored; // of a port that is given up
        port_.close(ignored);
        waiting_.clear();
        // Handlers of what was under way find the token gone.
        alive_ = std::make_shared<char>();
        retry_.cancel();
        settle_timer_.cancel();
        writing_ = settled_ = false;
        trouble_.clear();
        delay_ = first_retry;
    }
}

bool SerialPort::write(std::string bytes) {
    if (!port_.is_open() || waiting_.size() >= max_waiting) {
        return false;
    }
    waiting_.push_back(std::move(bytes));
    write_next();
    return true;
}

void SerialPort::write_now(std::string_view bytes) noexcept {
    if (port_.is_open()) {
        // Asio holds the port without blocking. What does not fit is lost, as at a pulled plug.
        [[maybe_unused]] const auto written =
            ::write(port_.native_handle(), bytes.data(), bytes.size());
    }
}

void SerialPort::open() {
    if (const auto error = open_serial(port_, settings_)) {
        return fail(error);
    }
    trouble_.clear();
    splitter_.restart();
    settle_timer_.expires_after(settings_.settle);
    settle_timer_.async_wait([this, alive = std::weak_ptr(alive_)](const error_code& cancelled) {
        if (!cancelled && !alive.expired()) {
            settled();
        }
    });
    read();
}

void SerialPort::settled() {
    if (std::exchange(settled_, true)) {
        return;
    }
    settle_timer_.cancel();
    tell([](Listener& listener) { listener.opened(); });
    write_next();
}

void SerialPort::read() {
    port_.async_read_some(asio::buffer(bytes_), [this, alive = std::weak_ptr(alive_)](
                                                    const error_code& error, std::size_t got) {
        if (alive.expired()) {
            return;
        }
        if (error) {
            return fail(error);
        }
        delay_ = first_retry;
        splitter_.feed({bytes_.data(), got});
        if (!alive.expired()) { // a line may have detached the last listener
            read();
        }
    });
}

void SerialPort::write_next() {
    if (writing_ || waiting_.empty() || !settled_) {
        return;
    }
    writing_ = true;
    asio::async_write(port_, asio::buffer(waiting_.front()),
                      [this, alive = std::weak_ptr(alive_)](const error_code& error, std::size_t) {
                          if (alive.expired() || !writing_) {
                              return;
                          }
                          writing_ = false;
                          if (error) {
                              return fail(error);
                          }
                          waiting_.pop_front();
                          write_next();
                      });
}

void SerialPort::fail(const error_code& error) {
    error_code ignored; // of a port that is given up
    port_.close(ignored);
    alive_ = std::make_shared<char>(); // what was under way is of the old port
    settle_timer_.cancel();
    settled_ = writing_ = false;
    waiting_.clear(); // an order for a device that was away is too old when it is back
    retry_.expires_after(delay_);
    delay_ = std::min(2 * delay_, longest_retry);
    retry_.async_wait([this, alive = std::weak_ptr(alive_)](const error_code& aborted) {
        if (!aborted && !alive.expired()) {
            open();
        }
    });
    trouble_ = fmt::format("{}: {}", settings_.device, describe_serial_error(error, settings_));
    tell([this](Listener& listener) { listener.failed(trouble_); });
}

std::shared_ptr<SerialPort> SerialPorts::port(asio::io_context& loop,
                                              const SerialSettings& settings) {
    auto& place = ports_[settings.device];
    if (auto port = place.lock()) {
        if (port->settings() != settings) {
            throw Error(fmt::format("{} is in use by another section with other values of baud or "
                                    "settle: sections that share a port must agree",
                                    settings.device));
        }
        return port;
    }
    auto port = std::make_shared<SerialPort>(loop, settings);
    place = port;
    return port;
}

} // namespace holdfast::ports
