#include "cli/cert/bridge_proof.hpp"

#include "cli/conversation.hpp"
#include "core/topics.hpp"
#include "edge/local_broker.hpp"
#include "edge/plugin_commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <random>

namespace holdfast::cli {

namespace {

/// Below `holdfast/up/` and `holdfast/receipt/`: where every bridge brings receipts from.
const std::string mark_up = std::string(topics::up) + std::string(topics::barrier);
const std::string mark_down = std::string(topics::receipts) + std::string(topics::barrier);

/// Nothing that the daemon, whose barrier has this topic too, takes for its own.
std::string new_mark() {
    std::random_device random;
    return fmt::format("certificate {:08x}{:08x}", random(), random());
}

class BridgeProof {
public:
    BridgeProof(const config::Settings& settings, const std::filesystem::path& folder)
        : link_topic_(topics::link(settings.site.name))
        , broker_(
              edge::local_broker(settings, folder, "holdfast-proof-" + std::to_string(::getpid())),
              {.connected = [this](bool) { reached_ = true; },
               .disconnected = {},
               .message = [this](const auto& delivery) { heard(delivery); },
               .published = {},
               .subscription_refused = {}}) {
        broker_.client().subscribe(mark_down, 1);
        broker_.client().subscribe(link_topic_, 1);
    }

    Proof run(std::chrono::seconds limit) {
        broker_.after(limit, [this] {
            end(!reached_ ? Proof::no_broker : fresh_up_ ? Proof::no_receipt : Proof::no_link);
        });
        broker_.on_signal([this] { end(Proof::interrupted); });
        broker_.run();
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
            broker_.client().publish(mark_up, mark_, 1, false);
        } else {
            broker_.client().publish(std::string(topics::control), edge::kick_bridge_command(), 1,
                                     false);
        }
    }

    void end(Proof proof) {
        proof_ = proof;
        broker_.end();
    }

    std::string link_topic_;
    std::string mark_ = new_mark();
    bool reached_ = false;
    bool ended_ = false;    ///< a link has, since we listen
    bool fresh_up_ = false; ///< one that began after that is up
    Proof proof_ = Proof::no_broker;
    Conversation broker_;
};

} // namespace

Proof prove_bridge(const config::Settings& settings, const std::filesystem::path& folder,
                   std::chrono::seconds limit) {
    return BridgeProof(settings, folder).run(limit);
}

} // namespace holdfast::cli
