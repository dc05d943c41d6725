#include "config/section_reader.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/ticker.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <numbers>
#include <random>
#include <string>

namespace holdfast::sensors {

namespace {

using std::chrono::milliseconds;

/// The nth value of a signal; n counts periods of `every` from 0.
using Signal = std::function<double(std::uint64_t n)>;

class Sim : public Driver {
public:
    Sim(boost::asio::io_context& loop, milliseconds every, Signal signal, Outlet& outlet)
        : every_(every)
        , signal_(std::move(signal))
        , outlet_(outlet)
        , ticker_(loop, every, [this] { outlet_.value(signal_(count_++), boot_now()); }) {}

    void start() override { ticker_.start(); }
    Pace pace() const noexcept override { return Pace::ours; }
    milliseconds patience() const noexcept override { return two_periods(every_); }
    void set_every(milliseconds every) override {
        every_ = every;
        ticker_.set_period(every);
    }

private:
    milliseconds every_;
    Signal signal_;
    Outlet& outlet_;
    std::uint64_t count_ = 0;
    Ticker ticker_;
};

struct Bounds {
    double low;
    double high;
};

Bounds read_bounds(config::SectionReader& keys) {
    const Bounds bounds{keys.number("low").value_or(0), keys.number("high").value_or(1)};
    if (bounds.low > bounds.high) {
        keys.refuse("low", "it is greater than high");
    }
    return bounds;
}

/// A signal that repeats itself; `shape` maps the phase [0, 1) to [0, 1].
Signal periodic(config::SectionReader& keys, milliseconds every, double (*shape)(double)) {
    const auto bounds = read_bounds(keys);
    const auto period =
        keys.duration("period").value_or(std::max<milliseconds>(std::chrono::minutes(1), every));
    if (period < every) {
        keys.refuse("period", "it is shorter than every");
    }
    const auto length = static_cast<std::uint64_t>(period.count());
    const auto step = static_cast<std::uint64_t>(every.count());
    return [=](std::uint64_t n) {
        const auto phase = static_cast<double>(n * step % length) / static_cast<double>(length);
        return bounds.low + (bounds.high - bounds.low) * shape(phase);
    };
}

double sine(double phase) {
    return 0.5 + 0.5 * std::sin(2 * std::numbers::pi * phase);
}

double ramp(double phase) {
    return phase;
}

Signal noise(config::SectionReader& keys) {
    const auto bounds = read_bounds(keys);
    const auto seed = keys.integer("seed", 0, 1'000'000'000).value_or(1);
    // The standard fixes the engine's numbers, but not those of its distributions.
    return [bounds,
            engine = std::mt19937_64(static_cast<std::uint64_t>(seed))](std::uint64_t) mutable {
        const auto unit_interval = static_cast<double>(engine() >> 11) * 0x1p-53;
        return bounds.low + (bounds.high - bounds.low) * unit_interval;
    };
}

/// As a sensor shows it, which has only so many digits.
Signal rounded(Signal signal, int decimals) {
    return [signal = std::move(signal), scale = std::pow(10.0, decimals)](std::uint64_t n) {
        return std::round(signal(n) * scale) / scale;
    };
}

Signal read_shape(config::SectionReader& keys, milliseconds every) {
    const auto name = keys.choice("signal", {"constant", "noise", "ramp", "sine"}).value_or("sine");
    if (name == "constant") {
        const auto value = keys.number("value").value_or(0);
        return [value](std::uint64_t) { return value; };
    }
    if (name == "noise") {
        return noise(keys);
    }
    return periodic(keys, every, name == "ramp" ? ramp : sine);
}

Signal read_signal(config::SectionReader& keys, milliseconds every) {
    auto shape = read_shape(keys, every);
    const auto decimals = keys.integer("decimals", 0, 9);
    return decimals ? rounded(std::move(shape), static_cast<int>(*decimals)) : shape;
}

std::unique_ptr<Driver> make(ports::Ports& ports, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    const auto every = asked_every(settings);
    auto signal = read_signal(keys, every);
    keys.finish();
    return std::make_unique<Sim>(ports.loop, every, std::move(signal), outlet);
}

} // namespace

DriverInfo sim_driver() {
    return {"sim", "a signal without a device, the same in every run", R"([sensor tide]
driver = sim
# sine and ramp take low, high and period; noise takes low, high and seed; constant takes value.
# decimals rounds to so many digits, as most sensors do.
signal = sine
low = 18
high = 24
period = 1min
decimals = 2
every = 1s
unit = Cel
)",
            make};
}

} // namespace holdfast::sensors
