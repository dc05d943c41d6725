// How old a live value is at a subscriber of the cloud broker: uplink_latency_bench FOLDER [VALUES]
//
// A sensor that measures ten times a second, its readings on disk before they go anywhere
// (lose_at_most = 0), through daemon, local broker, bridge with TLS and cloud broker, all on this
// machine; beside it as many messages of a device through a stock bridge to the same cloud broker.
#include "core/clock.hpp"
#include "core/error.hpp"
#include "edge/uplink/unpack.hpp"
#include "mqtt_connection.hpp"
#include "uplink_stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <thread>

using namespace holdfast;
using namespace holdfast::bench;
using namespace std::chrono_literals;

namespace {

constexpr auto between_values = 100ms; // as the stage's sensor
// What comes while the bridge connects has waited for it.
constexpr std::size_t left_out = 20;

/// Collects how long each value took.
class Subscriber {
public:
    explicit Subscriber(const UplinkStage& stage)
        : client_(loop_, library_, endpoint(stage.app_port()), mqtt::Acknowledge::at_once,
                  {.connected = {},
                   .disconnected = {},
                   .message = [this](const mqtt::Delivery& delivery) { take(delivery); },
                   .published = {},
                   .subscription_refused = {},
                   .subscribed = {}},
                  Log::silent()) {
        client_.subscribe(UplinkStage::site + "/sensors/live", 0);
        client_.start();
        thread_ = std::thread([this] { loop_.run(); });
    }
    Subscriber(const Subscriber&) = delete;
    Subscriber& operator=(const Subscriber&) = delete;
    ~Subscriber() {
        loop_.stop();
        thread_.join();
    }

    std::vector<double> values() const {
        const std::lock_guard lock(mutex_);
        return milliseconds_;
    }

private:
    static mqtt::Endpoint endpoint(std::uint16_t port) {
        mqtt::Endpoint endpoint;
        endpoint.host = "127.0.0.1";
        endpoint.port = port;
        endpoint.client_id = "latency";
        return endpoint;
    }

    /// A pack of the appliance, or the time of a stock bridge's message in microseconds.
    void take(const mqtt::Delivery& delivery) {
        const auto now = wall_now();
        std::vector<WallTime> sent;
        if (const auto readings = uplink::unpack(delivery.payload)) {
            for (const auto& reading : *readings) {
                sent.push_back(reading.at);
            }
        } else {
            sent.emplace_back(std::strtoll(delivery.payload.c_str(), nullptr, 10));
        }
        const std::lock_guard lock(mutex_);
        for (const auto at : sent) {
            milliseconds_.push_back(std::chrono::duration<double, std::milli>(now - at).count());
        }
    }

    mutable std::mutex mutex_;
    std::vector<double> milliseconds_;
    mqtt::Library library_;
    boost::asio::io_context loop_;
    mqtt::Client client_;
    std::thread thread_;
};

/// Publishes the time again and again until this many have come.
void publish_times(const UplinkStage& stage, const Subscriber& subscriber, std::size_t count) {
    const MqttConnection device(stage.local_port());
    device.send_connect("sensor", "", "");
    if (device.connack() != 0) {
        throw Error("the stock broker refuses the device");
    }
    while (subscriber.values().size() < count) {
        const std::string topic = "sensors/live";
        std::string body{'\0', static_cast<char>(topic.size())};
        body += topic + "id" + std::to_string(wall_now().count());
        device.send(packet(0x32, body));
        device.receive(4);
        std::this_thread::sleep_for(between_values);
    }
    device.disconnect();
}

void report(std::string_view what, std::vector<double> values) {
    values.erase(values.begin(), values.begin() + left_out);
    std::sort(values.begin(), values.end());
    const auto at = [&](double share) {
        return values.at(static_cast<std::size_t>(share * static_cast<double>(values.size() - 1)));
    };
    fmt::print("{:<16} {:>8} {:>8.1f} {:>8.1f} {:>8.1f}\n", what, values.size(), at(0.5), at(0.99),
               values.back());
    std::fflush(stdout);
}

void measure(const std::filesystem::path& folder, std::size_t count) {
    fmt::print("{:<16} {:>8} {:>8} {:>8} {:>8}\n", "", "values", "p50 ms", "p99 ms", "max ms");
    {
        UplinkStage stage(folder, {.spool = "lose_at_most = 0s\n"});
        const Subscriber subscriber(stage);
        stage.start_appliance(0);
        stage.network().delay(0ms);
        while (subscriber.values().size() < count + left_out) {
            std::this_thread::sleep_for(between_values);
        }
        report("holdfast", subscriber.values());
    }
    UplinkStage stage(folder);
    const Subscriber subscriber(stage);
    stage.start_bridge(0, "set_tcp_nodelay true\n");
    stage.network().delay(0ms);
    publish_times(stage, subscriber, count + left_out);
    report("stock bridge", subscriber.values());
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: uplink_latency_bench FOLDER [VALUES]\n");
        return 2;
    }
    try {
        const auto folder = std::filesystem::path(argv[1]) / "uplink-latency";
        measure(folder, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 600);
        std::filesystem::remove_all(folder);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "uplink_latency_bench: {}\n", error.what());
        return 3;
    }
}
