#include "cli/options.hpp"
#include "config/settings.hpp"
#include "core/atomic_file.hpp"
#include "edge/sensors/driver_table.hpp"
#include "support/captured_output.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace holdfast;
using namespace holdfast::cli;
using holdfast::test::output_of;

TEST_CASE("sensors shows each driver of a sensor or an output with its keys") {
    const auto text = output_of([] { CHECK(run_sensors({}) == exit_fine); });
    for (const auto& driver : sensors::drivers()) {
        CAPTURE(driver.name);
        CHECK_THAT(text, ContainsSubstring("# " + std::string(driver.name) + " for a [sensor]: "));
        CHECK_THAT(text, ContainsSubstring(std::string(driver.example)));
    }
    CHECK_THAT(text, ContainsSubstring("# gpio for a [output]: "));
    CHECK_THAT(text, ContainsSubstring("# serial for a [output]: "));
    const auto one = output_of([] { CHECK(run_sensors({"w1"}) == exit_fine); });
    CHECK_THAT(one, ContainsSubstring("driver = w1"));
    CHECK(one.find("driver = iio") == std::string::npos);
    CHECK_THROWS_WITH(run_sensors({"gpi"}), ContainsSubstring("did you mean 'gpio'?"));
}

TEST_CASE("sensors scan prints sections to copy and says when there is nothing") {
    const test::TempFolder root;
    const auto zone = root / "sys/class/thermal/thermal_zone0";
    std::filesystem::create_directories(zone);
    write_file(zone / "type", "cpu-thermal\n", FileMode::public_);
    const auto scan = [&](const std::string& sysfs) {
        return run_sensors({"scan", "--sysfs", sysfs, "--dev", (root / "dev").string()});
    };
    const auto text = output_of([&] { CHECK(scan((root / "sys").string()) == exit_fine); });
    CHECK(config::parse_settings("[site]\nname = farm\n" + text, "c").sensors.size() == 1);
    const auto nothing = output_of([&] { CHECK(scan((root / "none").string()) == exit_no); });
    CHECK_THAT(nothing, ContainsSubstring("nothing was found"));
}
