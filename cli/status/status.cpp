#include "cli/options.hpp"
#include "cli/status/feed.hpp"
#include "cli/status/page.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

void print(const Standing& standing, bool as_json, bool over) {
    if (over) {
        fmt::print("\x1b[H\x1b[2J"); // from the top of an empty screen
    }
    fmt::print("{}{}", as_json ? status_json(standing) : status_page(standing, Style::of_output()),
               as_json ? "\n" : "");
    std::fflush(stdout);
}

} // namespace

int run_status(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("json", "for programs: one object, with --watch one a line");
    options.add_options()("watch", "show every change until Ctrl-C; without --json on a terminal");
    options.add_options()("timeout", po::value<unsigned>()->default_value(5),
                          "seconds to wait for the local broker");
    const auto values =
        parse(arguments, options,
              "Shows the link, the backlog, receipts, sensors, disk wear, denials and the "
              "certificates that end soon. Exit 0 if broker and daemon run, else 1.",
              "holdfast status --watch");
    if (!values) {
        return exit_fine;
    }
    const bool as_json = values->count("json") != 0;
    const bool watch = values->count("watch") != 0;
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    if (watch && !as_json && !terminal) {
        throw UsageError("--watch needs a terminal; programs take --watch --json");
    }
    const auto folder = dir_option(*values);
    bool runs = false;
    follow_status(config::load_settings(folder / "holdfast.conf"), folder,
                  std::chrono::seconds((*values)["timeout"].as<unsigned>()), watch,
                  [&](const Standing& standing) {
                      runs = standing.no_broker.empty() && standing.daemon_runs();
                      print(standing, as_json, watch && !as_json);
                      return std::ferror(stdout) == 0;
                  });
    return runs ? exit_fine : exit_no;
}

} // namespace holdfast::cli
