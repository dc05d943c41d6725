#include "config/settings.hpp"
#include "edge/sensors/driver_table.hpp"
#include "support/catch.hpp"

#include <boost/asio/io_context.hpp>

#include <cmath>
#include <set>
#include <string>

using namespace holdfast;
using namespace holdfast::sensors;

namespace {

/// The first values, and then it stops the loop.
class FewValues : public Outlet {
public:
    explicit FewValues(boost::asio::io_context& loop)
        : loop_(loop) {}

    void value(double raw, BootTime) override {
        values_.insert(raw);
        if (values_.size() == 20) {
            loop_.stop();
        }
    }
    void rejected(std::string_view reason) override { FAIL(reason); }
    void offline(std::string_view reason) override { FAIL(reason); }

    const std::set<double>& values() const noexcept { return values_; }

private:
    boost::asio::io_context& loop_;
    std::set<double> values_;
};

} // namespace

TEST_CASE("a simulated sensor shows as many decimals as it is told to") {
    const auto settings = config::parse_settings(
        "[site]\nname = farm\n[sensor room]\ndriver = sim\nevery = 10ms\nsignal = noise\n"
        "low = 18\nhigh = 24\ndecimals = 2\n",
        "/etc/a.conf");
    boost::asio::io_context loop;
    ports::Ports ports{loop, Log::silent(), "/nonexistent"};
    FewValues outlet(loop);
    const auto driver = make_driver(ports, settings.sensors.at(0), outlet);
    driver->start();
    loop.run();
    for (const double value : outlet.values()) {
        CHECK(value >= 18);
        CHECK(value <= 24);
        CHECK(value == std::round(value * 100) / 100);
    }
}
