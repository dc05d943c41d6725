#include "certs/inspect.hpp"
#include "cli/backup/archive.hpp"
#include "cli/backup/layout.hpp"
#include "cli/cert/bridge.hpp"
#include "cli/json_fields.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/setup/installation.hpp"
#include "cli/setup/service_owner.hpp"
#include "config/settings.hpp"
#include "core/error.hpp"
#include "core/temporary_folder.hpp"
#include "edge/spool/snapshot.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

/// What the daemon keeps beside its spool are small files; anything else there is somebody else's.
constexpr std::uintmax_t largest_state_file = std::uintmax_t{1} << 20U;

bool belongs_to_broker(const fs::path& file) {
    return file.filename().string().starts_with("mosquitto.db");
}

/// Folders before what is in them.
std::vector<fs::path> files_of(const fs::path& folder) {
    std::vector<fs::path> files{folder};
    for (const auto part : backup_layout::parts) {
        if (fs::exists(folder / part)) {
            files.push_back(folder / part);
        }
        std::error_code no_folder;
        auto entries = fs::recursive_directory_iterator(folder / part, no_folder);
        for (const auto& entry : entries) {
            if (entry.path().filename() == bridge_slots) {
                entries.disable_recursion_pending(); // of a trial of a new bridge certificate
                continue;
            }
            if ((entry.is_regular_file() || entry.is_directory()) &&
                !belongs_to_broker(entry.path())) {
                files.push_back(entry.path());
            }
        }
    }
    return files;
}

/// `appliance/certs/ca.crt`
std::string name_in_archive(const fs::path& file, const fs::path& folder) {
    return (fs::path(backup_layout::folder) / file.lexically_relative(folder))
        .lexically_normal()
        .string();
}

/// Everything of the folder but the readings, which may be long; answers what it was.
std::vector<fs::path> add_appliance(ArchiveWriter& archive, const config::Settings& settings,
                                    const fs::path& folder) {
    const auto at_rest = bridge_files_at_rest(settings, folder);
    auto files = files_of(folder);
    for (const auto& file : files) {
        archive.add(at_rest ? at_rest->decided(file) : file, name_in_archive(file, folder));
    }
    return files;
}

/// What the daemon remembers beside the readings: states of outputs, totals of counters.
std::vector<fs::path> files_beside(const fs::path& spool, const std::vector<fs::path>& known) {
    std::vector<fs::path> files;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(spool.parent_path(), missing)) {
        const auto& path = entry.path();
        const bool of_spool = path.filename().string().starts_with(spool.filename().string());
        if (entry.is_regular_file() && !of_spool && !belongs_to_broker(path) &&
            entry.file_size() <= largest_state_file &&
            std::find(known.begin(), known.end(), path) == known.end()) {
            files.push_back(path);
        }
    }
    return files;
}

void add_readings(ArchiveWriter& archive, const fs::path& spool, const fs::path& beside,
                  const std::vector<fs::path>& known) {
    // The copy is as large as the archive may become.
    const TemporaryFolder scratch(beside.string() + ".");
    const auto copy = scratch / "spool.db";
    spool::take_snapshot(spool, copy);
    fs::permissions(copy, fs::status(spool).permissions());
    ServiceOwner(installed_daemon_user).owns(copy); // as the daemon's own file
    archive.add(spool.parent_path(), std::string(backup_layout::state));
    {
        Progress progress("packing readings", fs::file_size(copy));
        archive.on_progress([&](std::uint64_t bytes) { progress.at(bytes); });
        archive.add(copy, std::string(backup_layout::spool));
        archive.on_progress({});
    }
    for (const auto& file : files_beside(spool, known)) {
        archive.add(file, fmt::format("{}/{}", backup_layout::state, file.filename().string()));
    }
}

void write_backup(const fs::path& folder, const config::Settings& settings, const fs::path& output,
                  bool readings) {
    const bool with_spool = readings && fs::exists(settings.spool.path);
    ArchiveWriter archive(output);
    archive.add_text(nlohmann::json{{"version", backup_layout::version},
                                    {"site", settings.site.name},
                                    {"made", certs::utc_text(std::chrono::system_clock::now())},
                                    {"readings", with_spool}}
                         .dump(),
                     std::string(backup_layout::manifest));
    const auto files = add_appliance(archive, settings, folder);
    if (with_spool) {
        add_readings(archive, settings.spool.path, output, files);
    }
    archive.finish();
    fmt::print("{}: {}, {} files and folders{}\nIt holds keys and passwords: keep it where nobody "
               "else can read it.\n",
               output.string(), byte_text(fs::file_size(output)), files.size(),
               with_spool ? ", and all readings" : "");
}

} // namespace

int run_backup(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("file", po::value<std::string>(), "the archive to write, SITE.tar.gz");
    options.add_options()("without-readings", "configuration, users, policy, certificates only");
    options.add_options()("force", "in place of an archive of that name");
    const auto values =
        parse(arguments, options,
              "Writes configuration, users, policy, certificates with their keys, and all readings "
              "into one archive, while everything runs.",
              "sudo holdfast backup /media/stick/greenhouse.tar.gz",
              {"holdfast backup", po::positional_options_description().add("file", 1)});
    if (!values) {
        return exit_fine;
    }
    if (values->count("file") == 0) {
        throw UsageError("name the archive to write");
    }
    const auto output = fs::absolute((*values)["file"].as<std::string>());
    if (fs::exists(output) && values->count("force") == 0) {
        throw Error(fmt::format("{} exists: another name, or --force", output.string()));
    }
    const auto folder = dir_option(*values);
    write_backup(folder, config::load_settings(folder / "holdfast.conf"), output,
                 values->count("without-readings") == 0);
    return exit_fine;
}

} // namespace holdfast::cli
