#include "cli/options.hpp"
#include "core/text.hpp"
#include "edge/control/output_device.hpp"
#include "edge/sensors/driver_table.hpp"
#include "edge/sensors/scan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

/// A driver of a sensor or an output, as this verb shows it.
struct Shown {
    std::string_view name;
    std::string_view kind;
    std::string_view summary;
    std::string_view example;
};

std::vector<Shown> all() {
    std::vector<Shown> rows;
    for (const auto& driver : sensors::drivers()) {
        rows.push_back({driver.name, "sensor", driver.summary, driver.example});
    }
    for (const auto& output : control::outputs()) {
        rows.push_back({output.name, "output", output.summary, output.example});
    }
    return rows;
}

int show(const std::string& name) {
    bool any = false;
    std::vector<std::string_view> names;
    for (const auto& row : all()) {
        names.push_back(row.name);
        if (name.empty() || row.name == name) {
            any = true;
            fmt::print("# {} for a [{}]: {}\n{}\n", row.name, row.kind, row.summary, row.example);
        }
    }
    if (!any) {
        const auto meant = nearest(name, names);
        throw UsageError(fmt::format("there is no driver '{}'{}", name,
                                     meant ? fmt::format("; did you mean '{}'?", *meant) : ""));
    }
    return exit_fine;
}

int scan(const std::string& sysfs, const std::string& devices) {
    const auto found = sensors::scan(sysfs, devices);
    for (const auto& thing : found) {
        fmt::print("# {}\n{}\n", thing.what, thing.section);
    }
    if (found.empty()) {
        fmt::print("nothing was found: no serial port, no IIO device, no hardware monitor, no "
                   "thermal zone, no 1-wire thermometer, no GPIO chip, no I2C bus\n");
        return exit_no;
    }
    return exit_fine;
}

} // namespace

int run_sensors(const Arguments& arguments) {
    po::options_description options("Options");
    options.add_options()("action", po::value<std::string>()->default_value(""),
                          "scan, or the name of a driver");
    options.add_options()("sysfs", po::value<std::string>()->default_value("/sys"),
                          "where the kernel shows its devices");
    options.add_options()("dev", po::value<std::string>()->default_value("/dev"),
                          "where device files are");
    const auto values =
        parse(arguments, options,
              "Shows every driver of a sensor or an output, with its keys and a section to copy.\n"
              "With 'scan': what is attached, as sections to copy. With a driver's name: that one.",
              "holdfast sensors scan",
              {"holdfast sensors", po::positional_options_description().add("action", 1)});
    if (!values) {
        return exit_fine;
    }
    const auto action = (*values)["action"].as<std::string>();
    return action == "scan"
               ? scan((*values)["sysfs"].as<std::string>(), (*values)["dev"].as<std::string>())
               : show(action);
}

} // namespace holdfast::cli
