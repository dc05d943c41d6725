#include "bridge/local_end.hpp"
#include "cli/certificate_check.hpp"
#include "cli/installation.hpp"
#include "cli/options.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace holdfast::cli {

namespace po = boost::program_options;

int run_render(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("check", "only say what would change; exit 1 if anything would");
    options.add_options()("state",
                          po::value<std::string>()->default_value(installed_broker_state.string()),
                          "where the broker keeps its state");
    const auto values = parse(arguments, options,
                              "Writes the broker's and the bridge's configuration again from "
                              "holdfast.conf.",
                              "holdfast render --check");
    if (!values) {
        return exit_fine;
    }
    const auto folder = dir_option(*values);
    const auto settings = config::load_settings(folder / "holdfast.conf");
    if (const auto problems = certificate_problems(settings, folder); !problems.empty()) {
        throw Error(fmt::format("nothing is written: {}", fmt::join(problems, "; ")));
    }
    const auto files = bridge::changed(
        bridge::render_local_end(settings, {folder, (*values)["state"].as<std::string>(),
                                            plugin_module(), installed_broker_user}));
    const bool check = values->count("check") != 0;
    if (!check) {
        bridge::write(files);
    }
    for (const auto& file : files) {
        fmt::print("{} {}\n", check ? "would change" : "wrote", file.path.string());
    }
    return check && !files.empty() ? exit_no : exit_fine;
}

} // namespace holdfast::cli
