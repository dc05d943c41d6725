#include "config/settings.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "edge/daemon.hpp"
#include "edge/journal.hpp"
#include "edge/mqtt/library.hpp"
#include "edge/safe_outputs.hpp"
#include "edge/signals.hpp"

#include <boost/program_options.hpp>
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>

namespace {

namespace po = boost::program_options;
using namespace holdfast;

constexpr int exit_no = 1;
constexpr int exit_usage = 2;
constexpr int exit_cannot = 3;

std::string default_config_file() {
    const char* const named = std::getenv("HOLDFAST_CONFIG");
    return named != nullptr ? named : "/etc/holdfast/holdfast.conf";
}

// An Arduino that was reset by the opening of its port takes two of them until it listens.
constexpr std::chrono::seconds time_to_make_safe{8};

struct Command {
    std::string config_file;
    bool make_safe;
};

/// Nothing when help or the version was asked for and printed.
std::optional<Command> parse_command_line(int argc, char** argv) {
    po::options_description options("Options");
    options.add_options()("config,c",
                          po::value<std::string>()->default_value(default_config_file()),
                          "the configuration file")(
        "make-safe",
        "set all outputs to their safe states, and end: for when "
        "the daemon has crashed")("help,h", "print this")("version", "print the version");
    po::variables_map values;
    po::store(po::command_line_parser(argc, argv)
                  .options(options)
                  .positional(po::positional_options_description())
                  .run(),
              values);
    po::notify(values);
    if (values.count("help") != 0) {
        fmt::print("holdfast-edge: reads sensors, keeps every reading, and lets go of it when the "
                   "cloud has proved it.\n\n"
                   "  holdfast-edge --config /etc/holdfast/holdfast.conf\n\n");
        std::cout << options;
        return std::nullopt;
    }
    if (values.count("version") != 0) {
        fmt::print("holdfast-edge {}\n", HOLDFAST_VERSION);
        return std::nullopt;
    }
    return Command{values["config"].as<std::string>(), values.count("make-safe") != 0};
}

void run(const std::string& config_file, const Log& log) {
    const edge::Signals signals;
    const mqtt::Library library;
    std::optional<config::Settings> settings = config::load_settings(config_file);
    while (settings) {
        edge::Daemon daemon(config_file, std::move(*settings), library, signals, log);
        settings = daemon.run();
    }
}

int make_safe(const std::string& config_file, const Log& log) {
    const auto failures =
        edge::make_outputs_safe(config::load_settings(config_file), log, time_to_make_safe);
    for (const auto& failure : failures) {
        fmt::print(stderr, "holdfast-edge: not made safe: {}\n", failure);
    }
    return failures.empty() ? 0 : exit_no;
}

/// A threshold that is set stays: else the first large block that is freed raises it, and the heap
/// keeps what a draining backlog took (mallopt(3)).
void give_back_large_blocks() {
    constexpr int large = 256 * 1024;
    ::mallopt(M_MMAP_THRESHOLD, large);
}

} // namespace

int main(int argc, char** argv) {
    std::optional<Command> command;
    try {
        command = parse_command_line(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "holdfast-edge: {}; see --help\n", error.what());
        return exit_usage;
    }
    if (!command) {
        return 0;
    }
    give_back_large_blocks();
    const auto log = edge::service_log();
    try {
        if (command->make_safe) {
            return make_safe(command->config_file, log);
        }
        run(command->config_file, log);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "holdfast-edge: {}\n", error.what());
        return exit_cannot;
    }
}
