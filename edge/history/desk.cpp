#include "edge/history/desk.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/topic.hpp"
#include "core/topics.hpp"
#include "edge/history/answer.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>

namespace holdfast::history {

namespace {

constexpr auto longest_work = std::chrono::seconds(10);
constexpr int low_priority = 10;

/// Whether the topic is `root` or below it.
bool is_below(std::string_view topic, std::string_view root) {
    return topic.substr(0, root.size()) == root &&
           (topic.size() == root.size() || topic[root.size()] == '/');
}

} // namespace

std::string answer_topic(const std::string& asked_on, const std::string& response_topic) {
    if (response_topic.empty()) {
        return std::string(topics::history) + asked_on.substr(topics::get_history.size());
    }
    if (!is_below(response_topic, topics::history)) {
        throw Error(fmt::format("the response topic {} is not below '{}/'", quoted(response_topic),
                                topics::history));
    }
    return TopicName(response_topic).str();
}

Desk::Desk(boost::asio::io_context& loop, const mqtt::Library& library, mqtt::Endpoint endpoint,
           Settings settings, Log log)
    : loop_(loop)
    , settings_(std::move(settings))
    , log_(std::move(log))
    , client_(loop, library, std::move(endpoint), mqtt::Acknowledge::at_once, handlers(), log_) {
    client_.subscribe(std::string(topics::get_history) + "/#", 1);
    // Linux has a priority for each thread.
    boost::asio::post(thread_, [] { ::setpriority(PRIO_PROCESS, 0, low_priority); });
}

Desk::~Desk() {
    stopping_ = true;
    thread_.join();
}

void Desk::start() {
    client_.start();
}

void Desk::stop() {
    stopping_ = true;
    client_.stop();
}

mqtt::Handlers Desk::handlers() {
    return {.connected = {},
            .disconnected = [this](const std::string&) { on_their_way_.clear(); },
            .message = [this](const mqtt::Delivery& delivery) { asked(delivery); },
            .published = [this](mqtt::PublishId id) { on_their_way_.erase(id); },
            .subscription_refused = {}};
}

void Desk::asked(const mqtt::Delivery& delivery) {
    if (delivery.retain) {
        return; // stands at the broker, and was answered when it came
    }
    Asked asked{delivery.payload, answer_topic(delivery.topic, {}), delivery.correlation};
    try {
        asked.answer_to = answer_topic(delivery.topic, delivery.response_topic);
    } catch (const Error& error) {
        return answered(asked, refusal(id_of(asked.request), error.what()));
    }
    if (in_work_ + on_their_way_.size() >= most_in_work) {
        return answered(asked,
                        refusal(id_of(asked.request), "too many questions: ask again later"));
    }
    ++in_work_;
    boost::asio::post(
        thread_, [this, asked = std::move(asked), guard = boost::asio::make_work_guard(loop_)] {
            auto text = work(asked.request);
            boost::asio::post(loop_, [this, asked, text = std::move(text)] {
                --in_work_;
                answered(asked, text);
            });
        });
}

/// On the thread.
std::string Desk::work(const std::string& request) const {
    const auto id = id_of(request);
    const auto deadline = std::chrono::steady_clock::now() + longest_work;
    const auto interrupted = [this, deadline] {
        if (stopping_) {
            throw Error("the daemon ends: ask again");
        }
        if (std::chrono::steady_clock::now() > deadline) {
            throw Error(fmt::format("this takes more than {} s: ask for less, or again when "
                                    "there is less to do",
                                    longest_work.count()));
        }
    };
    try {
        interrupted();
        const spool::History history(settings_.spool);
        return answer(history, parse_request(request, wall_now()), id, settings_.site, interrupted);
    } catch (const std::exception& error) {
        return refusal(id, error.what());
    }
}

void Desk::answered(const Asked& asked, const std::string& text) {
    if (const auto id = client_.publish(asked.answer_to, text, 1, false, asked.correlation)) {
        on_their_way_.insert(*id);
    }
}

} // namespace holdfast::history
