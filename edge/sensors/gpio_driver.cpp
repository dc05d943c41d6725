#include "config/section_reader.hpp"
#include "core/error.hpp"
#include "edge/ports/gpio.hpp"
#include "edge/sensors/debounce.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/poller.hpp"
#include "edge/sensors/ticker.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace holdfast::sensors {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds longest_retry{30'000};
constexpr std::chrono::minutes keep_total_every{1};

enum class Measure {
    level, ///< 0 or 1, each `every` and at every change
    rate,  ///< pulses a second, over each `every`
    total, ///< pulses since the total was first kept
};

struct GpioSettings {
    std::string sensor;
    ports::GpioAddress address;
    Measure measure;
    BootTime debounce;
    milliseconds every;
};

class Gpio : public Driver {
public:
    Gpio(ports::Ports& ports, GpioSettings settings, Outlet& outlet)
        : ports_(ports)
        , settings_(std::move(settings))
        , outlet_(outlet)
        , edges_(ports.loop)
        , settle_timer_(ports.loop)
        , ticker_(ports.loop, settings_.every, [this] { tick(); }) {}
    Gpio(const Gpio&) = delete;
    Gpio& operator=(const Gpio&) = delete;
    ~Gpio() override { keep_total(); }

    void start() override {
        if (settings_.measure == Measure::total) {
            total_ = kept_ = kept_total();
        }
        ticker_.start();
    }
    Pace pace() const noexcept override { return Pace::ours; }
    milliseconds patience() const noexcept override { return two_periods(settings_.every); }
    void set_every(milliseconds every) override {
        settings_.every = every;
        ticker_.set_period(every);
    }

private:
    std::string keep_name() const { return "gpio-" + settings_.sensor + ".total"; }

    std::uint64_t kept_total() const {
        const auto text = ports_.kept(keep_name()).value_or("");
        std::uint64_t total = 0;
        std::from_chars(text.data(), text.data() + text.size(), total);
        return total;
    }

    void keep_total() {
        if (total_ != kept_) {
            ports_.keep(keep_name(), fmt::format("{}\n", total_));
            kept_ = total_;
        }
    }

    void tick() {
        const auto now = std::chrono::steady_clock::now();
        if (!line_ && now >= retry_at_) {
            open();
        }
        if (!line_) {
            return;
        }
        try {
            take_edges();
            heal();
            report();
        } catch (const std::exception& error) {
            return fail(error.what());
        }
        if (now - last_kept_ >= keep_total_every) {
            last_kept_ = now;
            keep_total();
        }
    }

    void open() {
        try {
            line_ = ports::open_gpio_input(settings_.address);
            if (settings_.measure != Measure::level && line_->fd() < 0) {
                throw Error("this chip cannot tell of edges, so pulses cannot be counted");
            }
            debounce_.emplace(settings_.debounce, line_->level());
            delay_ = milliseconds(500);
            counted_since_ = boot_now();
            pulses_ = 0;
            if (line_->fd() >= 0) {
                edges_.assign(::dup(line_->fd())); // the copy is Asio's to close
                await_edges();
            }
        } catch (const std::exception& error) {
            fail(error.what());
        }
    }

    void fail(const std::string& reason) {
        error_code ignored;
        edges_.close(ignored);
        settle_timer_.cancel();
        line_.reset();
        retry_at_ = std::chrono::steady_clock::now() + delay_;
        delay_ = std::min(2 * delay_, longest_retry);
        outlet_.offline(reason);
    }

    void await_edges() {
        edges_.async_wait(asio::posix::stream_descriptor::wait_read,
                          [this, alive = std::weak_ptr(alive_)](const error_code& cancelled) {
                              if (cancelled || alive.expired() || !line_) {
                                  return;
                              }
                              try {
                                  take_edges();
                              } catch (const std::exception& error) {
                                  return fail(error.what());
                              }
                              await_edges();
                          });
    }

    void take_edges() {
        if (line_->fd() >= 0) {
            for (const auto& edge : line_->edges()) {
                take(debounce_->edge(edge.level, edge.at));
            }
        } else {
            take(debounce_->edge(line_->level(), boot_now()));
        }
        take(debounce_->settle(boot_now()));
        await_settling();
    }

    /// The kernel keeps 16 edges and drops what comes on top while nobody reads.
    void heal() {
        const bool level = line_->level();
        if (level != debounce_->seen()) {
            take(debounce_->edge(level, boot_now()));
            await_settling();
        }
    }

    void await_settling() {
        const auto due = debounce_->due();
        if (!due) {
            return;
        }
        settle_timer_.expires_after(std::max(*due - boot_now(), BootTime::zero()));
        settle_timer_.async_wait(
            [this, alive = std::weak_ptr(alive_)](const error_code& cancelled) {
                if (!cancelled && !alive.expired() && line_) {
                    take(debounce_->settle(boot_now()));
                    await_settling();
                }
            });
    }

    void take(const std::optional<Debounce::Change>& change) {
        if (!change) {
            return;
        }
        if (change->level) {
            ++pulses_;
            ++total_;
        }
        if (settings_.measure == Measure::level) {
            last_at_ = std::max(last_at_, change->at);
            outlet_.value(change->level ? 1 : 0, last_at_);
        }
    }

    void report() {
        const auto now = boot_now();
        switch (settings_.measure) {
        case Measure::level:
            last_at_ = std::max(last_at_, now);
            return outlet_.value(debounce_->level() ? 1 : 0, last_at_);
        case Measure::total:
            return outlet_.value(static_cast<double>(total_), now);
        case Measure::rate:
            break;
        }
        const auto seconds = std::chrono::duration<double>(now - counted_since_).count();
        if (seconds <= 0 || now - counted_since_ < settings_.every / 2) {
            return; // just opened: there is no time yet to count over
        }
        counted_since_ = now;
        outlet_.value(static_cast<double>(std::exchange(pulses_, 0)) / seconds, now);
    }

    ports::Ports& ports_;
    GpioSettings settings_;
    Outlet& outlet_;
    std::unique_ptr<ports::GpioLine> line_;
    std::optional<Debounce> debounce_;
    std::uint64_t pulses_ = 0; ///< since counted_since_
    BootTime counted_since_{};
    BootTime last_at_{};
    std::uint64_t total_ = 0;
    std::uint64_t kept_ = 0; ///< of the total, over a restart
    std::chrono::steady_clock::time_point last_kept_{};
    std::chrono::steady_clock::time_point retry_at_{};
    milliseconds delay_{500};
    asio::posix::stream_descriptor edges_;
    asio::steady_timer settle_timer_;
    Ticker ticker_;
    std::shared_ptr<void> alive_ = std::make_shared<char>(); ///< gone when this is, for handlers
};

Measure read_measure(config::SectionReader& keys) {
    const auto word = keys.choice("measure", {"level", "rate", "total"}).value_or("level");
    if (word == "level") {
        return Measure::level;
    }
    return word == "rate" ? Measure::rate : Measure::total;
}

/// Several lines make one number, and are asked each `every`: a code is not put together of edges
/// that belong to different moments.
std::unique_ptr<Driver> make_word(ports::Ports& ports, const config::SensorSettings& settings,
                                  const ports::GpioAddress& address, Outlet& outlet) {
    return std::make_unique<Poller>(
        ports.loop, asked_every(settings),
        [address, lines = std::shared_ptr<ports::GpioLine>()]() mutable {
            if (!lines) {
                lines = ports::open_gpio_input(address);
            }
            try {
                return static_cast<double>(lines->levels());
            } catch (const std::exception&) {
                lines.reset(); // the chip may come back as another
                throw;
            }
        },
        outlet);
}

std::unique_ptr<Driver> make(ports::Ports& ports, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    const auto address = ports::read_gpio_address(keys);
    if (address.lines.size() > 1) {
        keys.finish();
        return make_word(ports, settings, address, outlet);
    }
    const auto measure = read_measure(keys);
    const auto debounce = keys.duration("debounce").value_or(milliseconds(10));
    if (debounce > std::chrono::seconds(10)) {
        keys.refuse("debounce", "the longest is 10s");
    }
    keys.finish();
    return std::make_unique<Gpio>(
        ports, GpioSettings{settings.name, address, measure, debounce, asked_every(settings)},
        outlet);
}

} // namespace

DriverInfo gpio_driver() {
    return {"gpio", "a GPIO line: a contact, or a meter that gives pulses",
            R"([sensor door]
driver = gpio
# A line's name as gpioinfo shows it, or its number together with chip = gpiochip0. Several lines of
# one chip (GPIO17, GPIO27, GPIO22) make one number, the first being its lowest bit; they are read at
# the same moment, each 'every', and the keys measure and debounce are not for them.
line = GPIO17
bias = pull-up
active_low = yes
# level: 0 or 1, each 'every' and at every change. rate: pulses a second. total: pulses in all, kept
# over restarts.
measure = level
# A level must last so long to count; 0 for a clean signal.
debounce = 10ms
every = 10s
)",
            make};
}

} // namespace holdfast::sensors
