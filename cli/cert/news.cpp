#include "cli/cert/news.hpp"

#include "cli/conversation.hpp"
#include "config/settings.hpp"
#include "core/topics.hpp"
#include "edge/local_broker.hpp"
#include "edge/plugin_commands.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <optional>

namespace holdfast::cli {

namespace {

constexpr std::chrono::seconds limit{10};

class Messenger {
public:
    Messenger(const std::filesystem::path& folder, const std::vector<CertificateNews>& news)
        : news_(news)
        , broker_(edge::local_broker(config::load_settings(folder / "holdfast.conf"), folder,
                                     "holdfast-cert-" + std::to_string(::getpid())),
                  {.connected = [this](bool) { send(); },
                   .disconnected = [this](const auto& reason) { trouble_ = reason; },
                   .message = {},
                   .published = [this](mqtt::PublishId) { arrived(); },
                   .subscription_refused = {}}) {}

    /// Empty when all of it has arrived.
    std::string run() {
        broker_.after(limit, [this] { broker_.end(); });
        broker_.run();
        return trouble_;
    }

private:
    /// From the beginning after a connection that was lost: twice is better than never.
    void send() {
        under_way_ = 0;
        trouble_ = "it does not acknowledge";
        for (const auto& told : news_) {
            publish(std::string(topics::control), edge::certificate_command(told.name, told.event));
            if (!told.alert.empty()) {
                publish(topics::alert("certificates"), told.alert);
            }
        }
    }
    void publish(const std::string& topic, const std::string& payload) {
        broker_.client().publish(topic, payload, 1, false);
        ++under_way_;
    }
    void arrived() {
        if (--under_way_ == 0) {
            trouble_.clear();
            broker_.end();
        }
    }

    const std::vector<CertificateNews>& news_;
    std::string trouble_ = "it does not answer";
    std::size_t under_way_ = 0;
    Conversation broker_;
};

} // namespace

void tell(const std::filesystem::path& folder, const std::vector<CertificateNews>& news) {
    if (news.empty()) {
        return;
    }
    std::string trouble;
    try {
        trouble = Messenger(folder, news).run();
    } catch (const std::exception& error) {
        trouble = error.what();
    }
    if (!trouble.empty()) {
        fmt::print("nobody was told at the local broker: {}\n", trouble);
    }
}

} // namespace holdfast::cli
