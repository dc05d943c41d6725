#include "cli/cloud/probe.hpp"

namespace holdfast::cli {

namespace {

using Clock = std::chrono::steady_clock;

} // namespace

CloudProbe::CloudProbe(const mqtt::Endpoint& endpoint, std::chrono::milliseconds limit)
    : client_id_(endpoint.client_id)
    , limit_(limit)
    , client_(loop_, library_, endpoint,
              endpoint.clean_session ? mqtt::Acknowledge::at_once : mqtt::Acknowledge::when_told,
              handlers(), Log::silent()) {}

mqtt::Handlers CloudProbe::handlers() {
    return {.connected = [this](bool) { ended_.clear(); },
            .disconnected = [this](const std::string& reason) { ended_ = reason; },
            .message =
                [this](const mqtt::Delivery& delivery) {
                    came_ |= awaited_ && delivery.topic == awaited_->topic &&
                             delivery.payload == awaited_->payload;
                },
            .published = [this](mqtt::PublishId id) { published_.insert(id); },
            .subscription_refused = [this](const std::string& filter) { refused_.insert(filter); },
            .subscribed = [this](const std::string& filter) { granted_.insert(filter); },
            .refused = [this](int code) { connack_ = code; }};
}

template <typename Predicate>
bool CloudProbe::run_until(Predicate done) {
    const auto deadline = Clock::now() + limit_;
    loop_.restart();
    while (!done() && Clock::now() < deadline) {
        loop_.run_one_until(deadline);
    }
    return done();
}

std::optional<bridge::LoginRefusal> CloudProbe::connect() {
    client_.start();
    run_until([this] { return client_.connected() || connack_ || !ended_.empty(); });
    if (client_.connected()) {
        return std::nullopt;
    }
    client_.stop();
    return bridge::LoginRefusal{client_id_, connack_,
                                ended_.empty() ? "nothing came in time" : ended_, false};
}

bool CloudProbe::subscribe(const std::string& filter) {
    client_.subscribe(filter, 1);
    run_until([&] { return granted_.contains(filter) || refused_.contains(filter); });
    return granted_.contains(filter);
}

bridge::Echo CloudProbe::send(const std::string& topic, const std::string& payload) {
    run_until([this] { return client_.connected(); });
    awaited_ = {topic, payload};
    came_ = false;
    const auto start = Clock::now();
    const auto id = client_.publish(topic, payload, 1, false);
    if (!id) {
        return {topic, std::nullopt, false, ended_};
    }
    run_until([this] { return came_ || !client_.connected(); });
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    return {topic, came_ ? std::optional(passed) : std::nullopt, published_.contains(*id), ended_};
}

} // namespace holdfast::cli
