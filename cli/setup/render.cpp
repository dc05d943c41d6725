#include "bridge/local_end.hpp"
#include "cli/cert/certificate_check.hpp"
#include "cli/options.hpp"
#include "cli/setup/installation.hpp"
#include "cli/setup/services.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <vector>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

std::size_t say_changes(const std::vector<bridge::RenderedFile>& rendered, const fs::path& folder) {
    const auto files = bridge::changed(rendered);
    for (const auto& file : files) {
        fmt::print("would change {}\n", file.path.string());
    }
    const auto gone = bridge::left_over(rendered, folder);
    for (const auto& file : gone) {
        fmt::print("would remove {}\n", file.string());
    }
    return files.size() + gone.size();
}

std::size_t make_changes(const std::vector<bridge::RenderedFile>& rendered,
                         const fs::path& folder) {
    const auto files = bridge::changed(rendered);
    bridge::write(files);
    for (const auto& file : files) {
        fmt::print("wrote {}\n", file.path.string());
    }
    const auto gone = bridge::left_over(rendered, folder);
    for (const auto& file : gone) {
        fs::remove(file);
        fmt::print("removed {}\n", file.string());
    }
    const auto links = is_installed(folder) ? link_into_broker(folder) : std::vector<fs::path>();
    for (const auto& link : links) {
        fmt::print("changed {}\n", link.string());
    }
    return files.size() + gone.size() + links.size();
}

} // namespace

int run_render(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("check", "only say what would change; exit 1 if anything would");
    add_state_option(options);
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
    const auto rendered = bridge::render_local_end(
        settings, local_paths(folder, broker_seat_option(*values, folder)));
    const bool check = values->count("check") != 0;
    const auto changes = check ? say_changes(rendered, folder) : make_changes(rendered, folder);
    return check && changes > 0 ? exit_no : exit_fine;
}

} // namespace holdfast::cli
