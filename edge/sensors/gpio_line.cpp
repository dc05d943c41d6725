#include "edge/sensors/gpio_line.hpp"

#include "core/error.hpp"
#include "edge/sensors/debounce.hpp"
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

class GpioLineDriver : public Driver {
public:
    GpioLineDriver(ports::Ports& ports, GpioLineSettings settings, Outlet& outlet)
        : ports_(ports)
        , settings_(std::move(settings))
        , outlet_(outlet)
        , edges_(ports.loop)
        , settle_timer_(ports.loop)
        , ticker_(ports.loop, settings_.every, [this] { tick(); }) {}
    GpioLineDriver(const GpioLineDriver&) = delete;
    GpioLineDriver& operator=(const GpioLineDriver&) = delete;
    ~GpioLineDriver() override { keep_total(); }

    void start() override {
        if (settings_.measure == GpioMeasure::total) {
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
            if (settings_.measure != GpioMeasure::level && line_->fd() < 0) {
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
        if (settings_.measure == GpioMeasure::level) {
            last_at_ = std::max(last_at_, change->at);
            outlet_.value(change->level ? 1 : 0, last_at_);
        }
    }

    void report() {
        const auto now = boot_now();
        switch (settings_.measure) {
        case GpioMeasure::level:
            last_at_ = std::max(last_at_, now);
            return outlet_.value(debounce_->level() ? 1 : 0, last_at_);
        case GpioMeasure::total:
            return outlet_.value(static_cast<double>(total_), now);
        case GpioMeasure::rate:
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
    GpioLineSettings settings_;
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

} // namespace

std::unique_ptr<Driver> make_gpio_line(ports::Ports& ports, GpioLineSettings settings,
                                       Outlet& outlet) {
    return std::make_unique<GpioLineDriver>(ports, std::move(settings), outlet);
}

} // namespace holdfast::sensors
