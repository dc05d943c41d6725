#include "cli/options.hpp"

#include "cli/installation.hpp"
#include "config/quantity.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <iostream>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

/// HOLDFAST_DIR gives --dir; variables that belong to settings are not options and pass by.
std::string option_of(const std::string& variable, const po::options_description& options) {
    constexpr std::string_view prefix = "HOLDFAST_";
    if (variable.rfind(prefix, 0) != 0) {
        return {};
    }
    std::string name = variable.substr(prefix.size());
    for (char& c : name) {
        c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return options.find_nothrow(name, false) == nullptr ? std::string() : name;
}

} // namespace

std::optional<po::variables_map> parse(const Arguments& arguments,
                                       const po::options_description& options,
                                       std::string_view about, std::string_view example,
                                       const po::positional_options_description& positional) {
    auto all = options;
    all.add_options()("help,h", "print this");
    po::variables_map values;
    po::store(po::command_line_parser(arguments).options(all).positional(positional).run(), values);
    if (values.count("help") != 0) {
        fmt::print("{}\n\n  {}\n\n", about, example);
        std::cout << all;
        return std::nullopt;
    }
    po::store(po::parse_environment(
                  all, [&](const std::string& variable) { return option_of(variable, all); }),
              values);
    po::notify(values);
    return values;
}

void add_dir_option(po::options_description& options) {
    options.add_options()("dir", po::value<std::string>()->default_value(installed_folder.string()),
                          "the appliance's folder");
}

std::filesystem::path dir_option(const po::variables_map& values) {
    return std::filesystem::absolute(values["dir"].as<std::string>()).lexically_normal();
}

void add_state_option(po::options_description& options) {
    options.add_options()("state", po::value<std::string>(),
                          "where the broker keeps its state, if not where it does already, or in "
                          "/var/lib/mosquitto");
}

BrokerSeat broker_seat_option(const po::variables_map& values,
                              const std::filesystem::path& folder) {
    auto seat = broker_seat(folder);
    if (values.count("state") != 0) {
        seat.state = values["state"].as<std::string>();
    }
    return seat;
}

void add_outage_option(po::options_description& options, const std::string& otherwise) {
    options.add_options()("outage", po::value<std::string>()->default_value(otherwise),
                          "how long the way to the cloud is cut, in seconds or with a unit");
}

std::chrono::seconds outage_option(const po::variables_map& values) {
    const auto& text = values["outage"].as<std::string>();
    const bool bare = text.find_first_not_of("0123456789") == std::string::npos;
    try {
        const auto outage = std::chrono::duration_cast<std::chrono::seconds>(
            config::parse_duration(bare ? text + "s" : text));
        if (outage >= std::chrono::seconds(5) && outage <= std::chrono::hours(24)) {
            return outage;
        }
    } catch (const Error&) {
        // Answered below, in the words of this option.
    }
    throw UsageError("--outage takes 5s to 24h");
}

} // namespace holdfast::cli
