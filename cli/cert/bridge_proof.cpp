#include "cli/cert/bridge_proof.hpp"

#include "core/topics.hpp"
#include "edge/local_broker.hpp"
#include "edge/mqtt/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <random>

namespace holdfast::cli {

namespace {

constexpr std::chrono::seconds alert_limit{10};

/// Below `holdfast/up/` and `holdfast/receipt/`: where every bridge brings receipts from.
const std::string mark_up = std::string(topics::up) + std::string(topics::barrier);
const std::string mark_down = std::string(topics::receipts) + std::string(topics::barrier);

/// Nothing that the daemon, whose barrier has this topic too, takes for its own.
std::string new_mark() {
    std::random_device random;
    return fmt::format("certificate {:08x}{:08x}", random(), random());
}

mqtt::Endpoint endpoint(const config::Settings& settings, const std::filesystem::path& folder) {
    return edge::local_broker(settings, folder, "holdfast-proof-" + std::to_string(::getpid()));
}

class BridgeProof {
public:
    BridgeProof(const config::Settings& settings, const std::filesystem::path& folder)
        : link_topic_(topics::link(settings.site.name))
        , client_(loop_, library_, endpoint(settings, folder), mqtt::Acknowledge::at_once,
                  {.connected = [this](bool) { reached_ = true; },
                   .disconnected = {},
                   .message = [this](const auto& delivery) { heard(delivery); },
                   .published = {},
                   .subscription_refused = {}},
                  Log::silent())
        , timer_(loop_)
        , signals_(loop_, SIGINT, SIGTERM) {
        client_.subscribe(mark_down, 1);
        client_.subscribe(link_topic_, 1);
    }

    Proof run(std::chrono::seconds limit) {
        timer_.expires_after(limit);
        timer_.async_wait([this](const boost::system::error_code& cancelled) {
            if (!cancelled) {
                end(!reached_ ? Proof::no_broker : fresh_up_ ? Proof::no_receipt : Proof::no_link);
            }
        });
        signals_.async_wait([this](const boost::system::error_code& cancelled, int) {
            if (!cancelled) {
                end(Proof::interrupted);
            }
        });
        client_.start();
        loop_.run();
        client_.stop();
        return proof_;
    }

private:
    void heard(const mqtt::Delivery& delivery) {
        if (delivery.topic == mark_down) {
            if (fresh_up_ && delivery.payload == mark_) {
                end(Proof::came);
            }
        } else if (delivery.payload == "1") {
            link_up(!delivery.retain);
        } else if (!delivery.retain) {
            ended_ = true;
            fresh_up_ = false;
        }
    }

    /// A link that came while we listen may have begun before: only after one has ended the next
    /// one has surely read what there is now.
    void link_up(bool came_now) {
        if (ended_ && came_now) {
            fresh_up_ = true;
            client_.publish(mark_up, mark_, 1, false);
        } else {
            client_.publish(std::string(topics::control), R"({"command":"kick-bridge"})", 1, false);
        }
    }

    void end(Proof proof) {
        proof_ = proof;
        loop_.stop();
    }

    boost::asio::io_context loop_;
    mqtt::Library library_;
    std::string link_topic_;
    std::string mark_ = new_mark();
    bool reached_ = false;
    bool ended_ = false;    ///< a link has, since we listen
    bool fresh_up_ = false; ///< one that began after that is up
    Proof proof_ = Proof::no_broker;
    mqtt::Client client_;
    boost::asio::steady_timer timer_;
    boost::asio::signal_set signals_;
};

} // namespace

Proof prove_bridge(const config::Settings& settings, const std::filesystem::path& folder,
                   std::chrono::seconds limit) {
    return BridgeProof(settings, folder).run(limit);
}

void alert_about_certificates(const config::Settings& settings, const std::filesystem::path& folder,
                              const std::string& text) {
    boost::asio::io_context loop;
    const mqtt::Library library;
    std::unique_ptr<mqtt::Client> client; // before its own handlers name it
    client = std::make_unique<mqtt::Client>(
        loop, library, endpoint(settings, folder), mqtt::Acknowledge::at_once,
        mqtt::Handlers{
            .connected =
                [&](bool) { client->publish(topics::alert("certificates"), text, 1, false); },
            .disconnected = {},
            .message = {},
            .published = [&](mqtt::PublishId) { loop.stop(); },
            .subscription_refused = {}},
        Log::silent());
    client->start();
    loop.run_for(alert_limit);
    client->stop();
}

} // namespace holdfast::cli
