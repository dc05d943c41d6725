#include "edge/sensors/sensor.hpp"

#include "edge/ports/ports.hpp"
#include "edge/sensors/driver.hpp"
#include "edge/sensors/driver_table.hpp"
#include "edge/sensors/pipeline.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace holdfast::sensors {

using State = SensorStatus::State;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

std::string_view to_string(State state) noexcept {
    switch (state) {
    case State::starting:
        return "starting";
    case State::online:
        return "online";
    case State::offline:
        break;
    }
    return "offline";
}

/// Stands at a fixed address, since driver and timer refer to it.
class Sensor::Impl : private Outlet {
public:
    Impl(ports::Ports& ports, const config::SensorSettings& settings, Handlers handlers)
        : handlers_(std::move(handlers))
        , log_(ports.log)
        , every_(settings.every)
        , sample_every_(settings.sample_every)
        , silence_(ports.loop)
        , driver_(make_driver(ports, settings, *this))
        , pipeline_(settings, driver_->pace()) {
        status_.sensor = settings.name;
    }

    void start() {
        watch_silence();
        driver_->start();
    }

    const SensorStatus& status() const noexcept { return status_; }
    milliseconds every() const noexcept { return every_; }

    void set_every(milliseconds every) {
        every_ = every;
        pipeline_.set_every(every);
        driver_->set_every(sample_every_ ? std::min(*sample_every_, every) : every);
        if (status_.state != State::offline) {
            watch_silence(); // by the new period, from now on
        }
    }

private:
    void value(double raw, BootTime at) override {
        const auto outcome = pipeline_.pass(raw, at);
        if (outcome.kind == Outcome::Kind::rejected) {
            return rejected(outcome.reason);
        }
        ++status_.accepted;
        rejected_since_usable_ = 0;
        last_usable_ = steady_clock::now();
        change(State::online, "");
        if (outcome.kind == Outcome::Kind::reading) {
            ++status_.readings;
            handlers_.reading({status_.sensor, outcome.value, at});
        }
    }

    void rejected(std::string_view reason) override {
        ++status_.rejected;
        ++rejected_since_usable_;
        status_.last_rejection = reason;
        log_rejection();
    }

    void offline(std::string_view reason) override {
        pipeline_.restart();
        change(State::offline, reason);
    }

    void change(State state, std::string_view reason) {
        if (status_.state == state && status_.reason == reason) {
            return;
        }
        status_.state = state;
        status_.reason = reason;
        if (state == State::online) {
            log_.notice("sensor online", {{"sensor", status_.sensor}});
            watch_silence();
        } else {
            log_.warning("sensor offline", {{"sensor", status_.sensor}, {"reason", reason}});
        }
        handlers_.status(status_);
    }

    /// A device that sends nonsense must not fill the log.
    void log_rejection() {
        constexpr std::chrono::minutes pause{1};
        const auto now = steady_clock::now();
        if (status_.rejected > 1 && now - last_rejection_log_ < pause) {
            return;
        }
        last_rejection_log_ = now;
        log_.warning("value rejected", {{"sensor", status_.sensor},
                                        {"reason", status_.last_rejection},
                                        {"rejected", status_.rejected}});
    }

    void watch_silence() {
        last_usable_ = steady_clock::now();
        await_silence();
    }

    void await_silence() {
        silence_.expires_at(last_usable_ + driver_->patience());
        silence_.async_wait([this, alive = std::weak_ptr(alive_)](const auto& aborted) {
            if (aborted || alive.expired() || status_.state == State::offline) {
                return;
            }
            if (steady_clock::now() < last_usable_ + driver_->patience()) {
                return await_silence();
            }
            offline(silence_reason());
        });
    }

    std::string silence_reason() const {
        const auto seconds = static_cast<double>(driver_->patience().count()) / 1000;
        if (rejected_since_usable_ > 0) {
            return fmt::format("no usable value for {} s; the last was rejected: {}", seconds,
                               status_.last_rejection);
        }
        return fmt::format("no value for {} s", seconds);
    }

    Handlers handlers_;
    Log log_;
    milliseconds every_;
    std::optional<milliseconds> sample_every_;
    SensorStatus status_;
    std::uint64_t rejected_since_usable_ = 0;
    steady_clock::time_point last_usable_{};
    steady_clock::time_point last_rejection_log_{};
    boost::asio::steady_timer silence_;
    std::unique_ptr<Driver> driver_;
    Pipeline pipeline_;
    std::shared_ptr<void> alive_ = std::make_shared<char>(); ///< gone when this is, for handlers
};

Sensor::Sensor(ports::Ports& ports, const config::SensorSettings& settings, Handlers handlers)
    : impl_(std::make_unique<Impl>(ports, settings, std::move(handlers))) {}

Sensor::Sensor(Sensor&&) noexcept = default;
Sensor& Sensor::operator=(Sensor&&) noexcept = default;
Sensor::~Sensor() = default;

void Sensor::start() {
    impl_->start();
}

const SensorStatus& Sensor::status() const noexcept {
    return impl_->status();
}

milliseconds Sensor::every() const noexcept {
    return impl_->every();
}

void Sensor::set_every(milliseconds every) {
    impl_->set_every(every);
}

} // namespace holdfast::sensors
