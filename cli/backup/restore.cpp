#include "bridge/local_end.hpp"
#include "cli/backup/archive.hpp"
#include "cli/backup/layout.hpp"
#include "cli/cert/certificate_check.hpp"
#include "cli/json_fields.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "cli/replacement.hpp"
#include "cli/setup/installation.hpp"
#include "cli/setup/services.hpp"
#include "config/settings.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/temporary_folder.hpp"
#include "edge/spool/snapshot.hpp"
#include "plugin/policy_file.hpp"
#include "plugin/users.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <ctime>
#include <vector>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

/// What is in the archive, in the folder where it will be, so that it can take its place by
/// renames.
class Unpacked {
public:
    Unpacked(const fs::path& archive, const fs::path& folder)
        : root_(made(folder) / "restore-") {
        Progress progress("unpacking", fs::file_size(archive));
        extract_archive(archive, root_.path(), [&](std::uint64_t bytes) { progress.at(bytes); });
    }

    fs::path folder() const { return root_ / backup_layout::folder; }
    fs::path state() const { return root_ / backup_layout::state; }
    fs::path spool() const { return root_ / backup_layout::spool; }
    fs::path manifest() const { return root_ / backup_layout::manifest; }

private:
    static const fs::path& made(const fs::path& folder) {
        fs::create_directories(folder);
        return folder;
    }

    TemporaryFolder root_;
};

void check_manifest(const Unpacked& unpacked, const fs::path& archive) {
    const auto text =
        fs::exists(unpacked.manifest()) ? read_file(unpacked.manifest()) : std::string();
    const auto manifest = nlohmann::json::parse(text, nullptr, false);
    if (!manifest.is_object()) {
        throw Error(fmt::format("{} was not made by 'holdfast backup'", archive.string()));
    }
    if (number(manifest, "/version") != backup_layout::version) {
        throw Error(fmt::format("{} was made by another version of Holdfast: install that one "
                                "first",
                                archive.string()));
    }
}

/// The file as it lies in the archive, if it will be in the appliance's folder.
fs::path unpacked_path(const fs::path& path, const Unpacked& unpacked, const fs::path& folder) {
    const auto inside = path.lexically_relative(folder);
    return inside.empty() || *inside.begin() == ".." ? path : unpacked.folder() / inside;
}

/// Everything that broker and daemon would stumble over, while nothing has been changed yet.
config::Settings check_files(const Unpacked& unpacked, const fs::path& folder) {
    auto settings = config::parse_settings(read_file(unpacked.folder() / "holdfast.conf"),
                                           folder / "holdfast.conf");
    Users::parse(read_file(unpacked.folder() / "users"), "users");
    parse_policy(read_file(unpacked.folder() / "policy"), "policy");
    auto here = settings;
    if (here.cloud) {
        for (auto* const path : {&here.cloud->ca, &here.cloud->certificate, &here.cloud->key}) {
            *path = unpacked_path(*path, unpacked, folder);
        }
    }
    if (const auto problems = certificate_problems(here, unpacked.folder()); !problems.empty()) {
        throw Error(fmt::format("{}", fmt::join(problems, "; ")));
    }
    return settings;
}

std::string name_for_old() {
    return fmt::format("before-restore-{:%Y%m%d-%H%M%S}", fmt::localtime(std::time(nullptr)));
}

void replace_files(Replacement& all, const Unpacked& unpacked, const fs::path& folder,
                   const fs::path& old) {
    for (const auto part : backup_layout::parts) {
        if (fs::exists(unpacked.folder() / part)) {
            all.put(unpacked.folder() / part, folder / part, old / part);
        } else {
            all.clear(folder / part, old / part);
        }
    }
}

void replace_readings(Replacement& all, const Unpacked& unpacked, const fs::path& spool) {
    const auto folder = spool.parent_path();
    if (!fs::exists(folder)) {
        fs::create_directories(folder);
        copy_rights(unpacked.state(), folder);
    }
    const auto suffix = "." + name_for_old();
    for (const auto& entry : fs::directory_iterator(unpacked.state())) {
        if (entry.path() != unpacked.spool()) {
            const auto place = folder / entry.path().filename();
            all.put_copy(entry.path(), place, place.string() + suffix);
        }
    }
    const auto old = spool.string() + suffix;
    for (const auto* const part : {"-shm", "-wal"}) {
        all.clear(spool.string() + part, old + part);
    }
    all.put_copy(unpacked.spool(), spool, old);
}

void require_stopped(const fs::path& spool) {
    try {
        spool::require_unused(spool);
    } catch (const Error& error) {
        throw Error(fmt::format("{}: 'systemctl stop holdfast-edge' first, or --without-readings",
                                error.what()));
    }
}

/// Nothing is changed before all of it is at hand; the configuration comes last, because it says
/// that everything is there.
void replace(const Unpacked& unpacked, const fs::path& folder, const fs::path& spool) {
    Replacement all;
    if (!spool.empty()) {
        replace_readings(all, unpacked, spool);
    }
    const auto old = folder / name_for_old();
    replace_files(all, unpacked, folder, old);
    fs::create_directory(old);
    fs::permissions(old, fs::perms::owner_all);
    copy_rights(unpacked.folder(), folder);
    for (const auto& aside : all.commit()) {
        fmt::print("what was there is {} now\n", aside.string());
    }
    if (fs::is_empty(old)) {
        fs::remove(old);
    }
}

struct Wish {
    fs::path archive;
    fs::path folder;
    BrokerSeat broker;
    bool readings;
    bool force;
};

void restore(const Wish& wish) {
    if (!fs::exists(wish.archive)) {
        throw Error(fmt::format("{}: there is no such file", wish.archive.string()));
    }
    const auto config = wish.folder / "holdfast.conf";
    if (fs::exists(config) && !wish.force) {
        throw Error(
            fmt::format("{} exists: --force puts the backup in the place of this appliance, "
                        "and keeps it beside",
                        config.string()));
    }
    const Unpacked unpacked(wish.archive, wish.folder);
    check_manifest(unpacked, wish.archive);
    const auto settings = check_files(unpacked, wish.folder);
    const bool readings = wish.readings && fs::exists(unpacked.spool());
    if (readings) {
        require_stopped(settings.spool.path);
        spool::revive_snapshot(unpacked.spool());
    }
    // Whatever it would refuse it refuses now.
    bridge::render_local_end(settings, local_paths(wish.folder, wish.broker));
    replace(unpacked, wish.folder, readings ? settings.spool.path : fs::path());
    run_render({"--dir", wish.folder.string(), "--state", wish.broker.state.string()});
    fmt::print("{} is restored{}; start broker and daemon, or reload both if they run\n",
               settings.site.name, readings ? " with its readings" : "");
}

} // namespace

int run_restore(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("file", po::value<std::string>(), "what 'holdfast backup' wrote");
    options.add_options()("without-readings", "leave the readings that are there as they are");
    options.add_options()("force", "in place of the appliance that is there; it is kept beside");
    add_state_option(options);
    const auto values =
        parse(arguments, options,
              "Makes the appliance of a backup, on this machine or on a new one. Everything is "
              "checked before anything is changed.\nThe daemon must not run, unless its readings "
              "stay as they are. What had no receipt when the backup was\nmade goes to the cloud "
              "again.",
              "sudo holdfast restore /media/stick/greenhouse.tar.gz",
              {"holdfast restore", po::positional_options_description().add("file", 1)});
    if (!values) {
        return exit_fine;
    }
    if (values->count("file") == 0) {
        throw UsageError("name the archive to restore");
    }
    const auto folder = dir_option(*values);
    restore({.archive = fs::absolute((*values)["file"].as<std::string>()),
             .folder = folder,
             .broker = broker_seat_option(*values, folder),
             .readings = values->count("without-readings") == 0,
             .force = values->count("force") != 0});
    return exit_fine;
}

} // namespace holdfast::cli
