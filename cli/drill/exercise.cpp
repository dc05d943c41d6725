#include "cli/drill/exercise.hpp"

#include "core/topics.hpp"
#include "edge/local_broker.hpp"

#include <unistd.h>

#include <csignal>

namespace holdfast::cli::drill {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds tick_every{200};

} // namespace

Exercise::Exercise(const config::Settings& settings, const std::filesystem::path& folder,
                   Course course)
    : course_(std::move(course))
    , link_topic_(topics::link(settings.site.name))
    , receipts_(settings.spool.path)
    , client_(loop_, library_,
              edge::local_broker(settings, folder, "holdfast-drill-" + std::to_string(::getpid())),
              mqtt::Acknowledge::at_once,
              {.connected = {},
               .disconnected =
                   [this](const auto& reason) {
                       course_.unreachable(reason);
                       react();
                   },
               .message = [this](const auto& delivery) { heard(delivery); },
               .published = {},
               .subscription_refused = {}},
              Log::silent())
    , timer_(loop_)
    , signals_(loop_, SIGINT, SIGTERM) {
    client_.subscribe(std::string(topics::status), 1);
    client_.subscribe(link_topic_, 1);
}

void Exercise::run(const std::function<void(const Course&)>& progress) {
    progress_ = progress;
    client_.start();
    await_signal();
    tick();
    loop_.run();
    client_.stop();
}

void Exercise::heard(const mqtt::Delivery& delivery) {
    const auto now = Clock::now();
    if (delivery.topic == link_topic_) {
        course_.link(delivery.payload == "1", now);
    } else if (const auto view = View::parse(delivery.payload); view) {
        course_.status(*view, now);
    }
    react();
}

void Exercise::tick() {
    const auto now = Clock::now();
    course_.tick(now);
    if (const auto stored = course_.stored()) {
        course_.missing(receipts_.missing(*stored), now);
    }
    progress_(course_);
    react();
    if (course_.phase() == Course::Phase::over) {
        return;
    }
    timer_.expires_after(tick_every);
    timer_.async_wait([this](const boost::system::error_code& error) {
        if (!error) {
            tick();
        }
    });
}

void Exercise::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
        if (!error) {
            course_.interrupt(Clock::now());
            react();
            await_signal();
        }
    });
}

void Exercise::react() {
    if (course_.wants_cut(Clock::now())) {
        client_.publish(std::string(topics::control), R"({"command":"kick-bridge"})", 1, false);
    }
    if (course_.phase() == Course::Phase::over) {
        loop_.stop();
    }
}

} // namespace holdfast::cli::drill
