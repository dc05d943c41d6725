#include "cli/status/feed.hpp"

#include "cli/conversation.hpp"
#include "core/topics.hpp"
#include "edge/local_broker.hpp"

namespace holdfast::cli {

namespace {

using nlohmann::json;

const std::string& counters_topic() {
    static const std::string topic = std::string(topics::audit) + "counters";
    return topic;
}

std::optional<json> parsed(const std::string& text) {
    auto value = json::parse(text, nullptr, false);
    return value.is_object() ? std::optional(std::move(value)) : std::nullopt;
}

class Feed {
public:
    Feed(const config::Settings& settings, const std::filesystem::path& folder, bool go_on,
         const std::function<bool(const Standing&)>& show)
        : folder_(folder)
        , go_on_(go_on)
        , show_(show)
        , broker_(edge::local_broker(settings, folder, ""), handlers()) {
        standing_.site = settings.site.name;
        standing_.no_broker = "it does not answer";
        broker_.client().subscribe(std::string(topics::status), 1);
        broker_.client().subscribe(counters_topic(), 1);
    }

    void run(std::chrono::milliseconds patience) {
        broker_.after(patience, [this] { present(); });
        broker_.run();
    }

private:
    mqtt::Handlers handlers() {
        mqtt::Handlers handlers;
        handlers.connected = [this](bool) { standing_.no_broker.clear(); };
        handlers.disconnected = [this](const std::string& reason) {
            standing_.no_broker = reason;
            present();
        };
        handlers.message = [this](const mqtt::Delivery& delivery) { take(delivery); };
        return handlers;
    }

    void take(const mqtt::Delivery& delivery) {
        auto& place = delivery.topic == topics::status ? standing_.daemon : standing_.counters;
        place = parsed(delivery.payload);
        if (shown_ || (standing_.daemon && standing_.counters)) {
            present();
        }
    }

    void present() {
        shown_ = true;
        standing_.now = std::chrono::system_clock::now();
        look_at_certificates();
        if (!show_(standing_) || !go_on_) {
            broker_.end();
        }
    }

    void look_at_certificates() {
        standing_.certificates.clear();
        standing_.certificate_trouble.clear();
        try {
            const auto certs = folder_ / "certs";
            standing_.clock_fault = certs::clock_fault(certs, standing_.now);
            standing_.certificates = certs::due_certificates(certs, standing_.now, certs::soon);
        } catch (const std::exception& error) {
            standing_.certificate_trouble = error.what();
        }
    }

    std::filesystem::path folder_;
    bool go_on_;
    const std::function<bool(const Standing&)>& show_;
    Standing standing_;
    bool shown_ = false;
    Conversation broker_;
};

} // namespace

void follow_status(const config::Settings& settings, const std::filesystem::path& folder,
                   std::chrono::milliseconds patience, bool go_on,
                   const std::function<bool(const Standing&)>& show) {
    Feed(settings, folder, go_on, show).run(patience);
}

} // namespace holdfast::cli
