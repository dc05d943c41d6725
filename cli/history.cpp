#include "edge/spool/history.hpp"

#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "config/instant.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"
#include "edge/history/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

constexpr std::size_t most_points = 1'000'000;

std::optional<WallTime> instant(const po::variables_map& values, const char* option) {
    if (values.count(option) == 0) {
        return std::nullopt;
    }
    try {
        return config::parse_instant(values[option].as<std::string>(), wall_now());
    } catch (const Error& error) {
        throw UsageError(fmt::format("--{}: {}", option, error.what()));
    }
}

/// 0 when every reading is wanted.
std::size_t points(const po::variables_map& values) {
    if (values.count("points") == 0) {
        return 0;
    }
    const auto points = values["points"].as<std::size_t>();
    if (points == 0 || points > most_points) {
        throw UsageError(fmt::format("--points: a number from 1 to {}", most_points));
    }
    return points;
}

// Asking for the time takes as long as some of them.
constexpr std::uint64_t readings_between_looks = 256;

void write_out(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) {
        throw_errno("standard output");
    }
}

int list_series(const spool::History& history) {
    for (const auto& name : history.series()) {
        fmt::print("{}\n", name);
    }
    return exit_fine;
}

void require_series(const spool::History& history, const std::string& name) {
    const auto known = history.series();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        throw Error(
            fmt::format("there is no series '{}'; 'holdfast history' lists those there are", name));
    }
}

int print_history(const spool::History& history, const spool::History::Query& query,
                  const po::variables_map& values, const std::string& site) {
    const auto format = history::text_format(values["format"].as<std::string>());
    if (!format) {
        throw UsageError("--format: csv, json or senml");
    }
    const auto parts = points(values);
    require_series(history, query.series);
    history::TextWriter text(*format, site, query.series, write_out);
    if (parts > 0) {
        for (const auto& bucket : history.downsample(query, parts)) {
            text.add(bucket);
        }
    } else {
        // On a terminal the readings themselves show how far it is.
        std::optional<Progress> progress;
        if (::isatty(STDOUT_FILENO) == 0) {
            progress.emplace("readings", 0);
        }
        std::uint64_t count = 0;
        history.read(query, [&](const spool::HistoryPoint& point, const Series& series) {
            text.add(point, series);
            if (progress && ++count % readings_between_looks == 0) {
                progress->at(count);
            }
            return true;
        });
    }
    text.finish();
    if (std::fflush(stdout) != 0) {
        throw_errno("standard output");
    }
    return exit_fine;
}

} // namespace

int run_history(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("series", po::value<std::string>(),
                          "the sensor's name; without one: what series there are")(
        "since", po::value<std::string>(), "from then on: '2h' ago, or '2026-11-21T08:00:00Z'")(
        "until", po::value<std::string>(), "before then")(
        "points", po::value<std::size_t>(),
        "at most so many parts of equal time, each with mean, least, greatest and count")(
        "format", po::value<std::string>()->default_value("csv"), "csv, json or senml");
    po::positional_options_description positional;
    positional.add("series", 1);
    const auto values = parse(
        arguments, options, "Prints what the spool holds of a sensor, also while the daemon runs.",
        "holdfast history room --since 1d --points 1000", {"holdfast history", positional});
    if (!values) {
        return exit_fine;
    }
    const auto settings = config::load_settings(dir_option(*values) / "holdfast.conf");
    const spool::History history(settings.spool.path);
    if (values->count("series") == 0) {
        return list_series(history);
    }
    return print_history(history,
                         {(*values)["series"].as<std::string>(), instant(*values, "since"),
                          instant(*values, "until")},
                         *values, settings.site.name);
}

} // namespace holdfast::cli
