#include "config/section_reader.hpp"
#include "core/error.hpp"
#include "edge/control/output_device.hpp"
#include "edge/ports/gpio.hpp"

#include <boost/asio/steady_timer.hpp>

#include <algorithm>

namespace holdfast::control {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_retry{500};
constexpr milliseconds longest_retry{30'000};

class GpioOutput : public OutputDevice {
public:
    GpioOutput(ports::Ports& ports, ports::GpioAddress address, bool level, Handlers handlers)
        : address_(std::move(address))
        , level_(level)
        , handlers_(std::move(handlers))
        , retry_(ports.loop) {}

    void start() override {
        try {
            line_ = ports::open_gpio_output(address_, level_);
            delay_ = first_retry;
        } catch (const std::exception& error) {
            return fail(error.what());
        }
        handlers_.ready();
    }

    void set(const std::string& state) override {
        level_ = state == "on";
        if (!line_) {
            throw Error("the line cannot be used at present");
        }
        try {
            line_->set(level_);
        } catch (const Error& error) {
            fail(error.what());
            throw;
        }
    }

    void set_at_end(const std::string& state) noexcept override {
        try {
            if (line_) {
                line_->set(state == "on");
            }
        } catch (const std::exception&) {
            // The chip has gone: there is nothing left to set.
            line_.reset();
        }
    }

    bool takes_text() const noexcept override { return false; }
    std::optional<milliseconds> reply_within() const noexcept override { return std::nullopt; }

private:
    void fail(const std::string& reason) {
        line_.reset();
        retry_.expires_after(delay_);
        delay_ = std::min(2 * delay_, longest_retry);
        retry_.async_wait([this, alive = std::weak_ptr(alive_)](const auto& cancelled) {
            if (!cancelled && !alive.expired()) {
                start();
            }
        });
        handlers_.failed(reason);
    }

    ports::GpioAddress address_;
    bool level_; ///< that it has, or is to have when it can be used
    Handlers handlers_;
    std::unique_ptr<ports::GpioLine> line_;
    boost::asio::steady_timer retry_;
    milliseconds delay_ = first_retry;
    std::shared_ptr<void> alive_ = std::make_shared<char>(); ///< gone when this is, for handlers
};

std::unique_ptr<OutputDevice> make(ports::Ports& ports, const config::OutputSettings& settings,
                                   OutputDevice::Handlers handlers) {
    config::SectionReader keys(settings.driver_keys);
    auto address = ports::read_gpio_address(keys);
    keys.finish();
    return std::make_unique<GpioOutput>(ports, std::move(address), settings.safe == "on",
                                        std::move(handlers));
}

} // namespace

OutputInfo gpio_output() {
    return {"gpio", "a GPIO line: a relay, a lamp, a buzzer", R"([output buzzer]
driver = gpio
# A line's name as gpioinfo shows it, or its number together with chip = gpiochip0. Several lines of
# one chip (GPIO22, GPIO23) are switched together, at the same moment.
line = GPIO22
# Relay boards are often switched on by a low level.
active_low = no
# Orders on outputs/buzzer: on, off, toggle, 'pulse 2s'. The state is retained on
# outputs/buzzer/state.
topic = outputs/buzzer
# On start, at the end, and after controller_timeout without an order.
safe = off
)",
            make};
}

} // namespace holdfast::control
