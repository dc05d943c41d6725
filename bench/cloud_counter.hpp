#pragma once

#include "edge/mqtt/client.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace holdfast::bench {

/// A subscriber at the cloud that counts what readings come, each once.
class CloudCounter {
public:
    using Clock = std::chrono::steady_clock;

    /// A broker on this loopback port, without a login; `site/sensors/#`.
    CloudCounter(std::uint16_t port, const std::string& site);
    CloudCounter(const CloudCounter&) = delete;
    CloudCounter& operator=(const CloudCounter&) = delete;
    ~CloudCounter();

    std::uint64_t readings() const noexcept { return readings_; }
    std::uint64_t messages() const noexcept { return messages_; }
    /// From now on the first message on `site/sensors/live` is waited for.
    void await_live() {
        live_readings_ = 0;
        live_ = 0;
    }
    /// Of that topic since then; readings() has the others.
    std::uint64_t live_readings() const noexcept { return live_readings_; }
    /// When it came, if it did.
    bool live_came() const noexcept { return live_ != 0; }
    Clock::time_point live_at() const noexcept {
        return Clock::time_point(Clock::duration(live_.load()));
    }
    /// Waits until there are so many; throws where none comes for a minute.
    void wait_for(std::uint64_t readings) const;
    void wait_for_subscription() const;

private:
    void take(const mqtt::Delivery& delivery);

    std::string live_topic_;
    std::atomic<std::uint64_t> readings_{0};
    std::atomic<std::uint64_t> messages_{0};
    std::atomic<std::uint64_t> live_readings_{0};
    std::atomic<Clock::rep> live_{1};
    std::atomic<bool> subscribed_{false};
    mqtt::Library library_;
    boost::asio::io_context loop_;
    mqtt::Client client_;
    std::thread thread_;
};

} // namespace holdfast::bench
