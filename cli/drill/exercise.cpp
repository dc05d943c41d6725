#include "cli/drill/exercise.hpp"

#include "core/topics.hpp"
#include "edge/local_broker.hpp"
#include "edge/plugin_commands.hpp"

#include <unistd.h>

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
    , broker_(edge::local_broker(settings, folder, "holdfast-drill-" + std::to_string(::getpid())),
              {.connected = {},
               .disconnected =
                   [this](const auto& reason) {
                       course_.unreachable(reason);
                       react();
                   },
               .message = [this](const auto& delivery) { heard(delivery); },
               .published = {},
               .subscription_refused = {}}) {
    broker_.client().subscribe(std::string(topics::status), 1);
    broker_.client().subscribe(link_topic_, 1);
}

void Exercise::run(const std::function<void(const Course&)>& progress) {
    progress_ = progress;
    broker_.on_signal([this] {
        course_.interrupt(Clock::now());
        react();
    });
    tick();
    broker_.run();
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
    if (course_.phase() != Course::Phase::over) {
        broker_.after(tick_every, [this] { tick(); });
    }
}

void Exercise::react() {
    if (course_.wants_cut(Clock::now())) {
        broker_.client().publish(std::string(topics::control), edge::kick_bridge_command(), 1,
                                 false);
    }
    if (course_.phase() == Course::Phase::over) {
        broker_.end();
    }
}

} // namespace holdfast::cli::drill
