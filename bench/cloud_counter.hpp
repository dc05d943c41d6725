#pragma once

#include "core/clock.hpp"
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
    /// What `site/sensors/live` measures from now on is waited for; its clock counts as ours.
    void await_live() {
        live_readings_ = 0;
        live_from_ = wall_now().count();
        live_ = 0;
    }
    /// Of that topic since then; readings() has the others.
    std::uint64_t live_readings() const noexcept { return live_readings_; }
    /// When the first came, if one did.
    bool live_came() const noexcept { return live_ != 0; }
    Clock::time_point live_at() const noexcept {
        return Clock::time_point(Clock::duration(live_.load()));
    }
    /// When the bridge last said, before that, that it is connected.
    Clock::time_point link_at() const noexcept {
        return Clock::time_point(Clock::duration(link_.load()));
    }
    /// Whether it comes within `limit`.
    bool wait_for_live(std::chrono::milliseconds limit) const;
    /// Topics and payloads of messages(), and as many whole steps of 5 KiB as they need.
    std::uint64_t bytes() const noexcept { return bytes_; }
    std::uint64_t billed_bytes() const noexcept { return billed_bytes_; }
    /// Waits until there are so many or none comes for a minute; when the last came.
    Clock::time_point wait_for(std::uint64_t readings) const;
    void wait_for_subscription() const;

private:
    void take(const mqtt::Delivery& delivery);
    void take_live(const std::string& payload);

    std::string live_topic_;
    std::string link_topic_;
    std::atomic<std::uint64_t> readings_{0};
    std::atomic<std::uint64_t> messages_{0};
    std::atomic<std::uint64_t> live_readings_{0};
    std::atomic<std::uint64_t> bytes_{0};
    std::atomic<std::uint64_t> billed_bytes_{0};
    std::atomic<WallTime::rep> live_from_{0};
    std::atomic<Clock::rep> live_{1};
    std::atomic<Clock::rep> link_{0};
    std::atomic<bool> subscribed_{false};
    mqtt::Library library_;
    boost::asio::io_context loop_;
    mqtt::Client client_;
    std::thread thread_;
};

} // namespace holdfast::bench
