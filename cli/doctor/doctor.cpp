#include "cli/doctor/examinations.hpp"
#include "cli/doctor/report.hpp"
#include "cli/options.hpp"
#include "cli/setup/installation.hpp"
#include "cli/setup/services.hpp"
#include "cli/status/feed.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

using namespace doctor;

struct Examination {
    const char* name;
    Findings (*examine)(const Patient&);
    bool needs_settings;
};

constexpr std::array examinations{
    Examination{"configuration", examine_configuration, true},
    Examination{"files", examine_files, false},
    Examination{"users and policy", examine_access, false},
    Examination{"certificates", examine_certificates, true},
    Examination{"clock", examine_clock, false},
    Examination{"disk", examine_disk, true},
    Examination{"memory", examine_memory, false},
    Examination{"services", examine_services, false},
    Examination{"broker", examine_broker, false},
    Examination{"plugin", examine_plugin, true},
    Examination{"listeners", examine_listeners, true},
    Examination{"bridge", examine_bridge, true},
    Examination{"sensors", examine_sensors, true},
};

/// What broker and daemon say of themselves, or why they cannot be asked.
Standing ask(const Patient& patient) {
    Standing found;
    try {
        follow_status(patient.settings, patient.folder, patient.patience, false,
                      [&](const Standing& standing) {
                          found = standing;
                          return false;
                      });
    } catch (const Error& error) {
        found.no_broker = error.what();
    }
    return found;
}

Chapter examine(const Examination& examination, const Patient& patient) {
    try {
        return {examination.name, examination.examine(patient)};
    } catch (const std::exception& error) {
        return {examination.name,
                {bad(error.what(), "it could not be looked at",
                     "mend that first; sudo holdfast doctor sees more than an ordinary user")}};
    }
}

/// Says each chapter as soon as it is known, unless a program reads it in the end.
class Round {
public:
    explicit Round(bool aloud)
        : aloud_(aloud) {}

    void add(Chapter chapter) {
        if (aloud_) {
            fmt::print("{}", chapter_text(chapter, style_));
            std::fflush(stdout);
        }
        chapters_.push_back(std::move(chapter));
    }

    int end(const std::string& site) const {
        if (aloud_) {
            fmt::print("{}", summary_text(chapters_, style_));
        } else {
            fmt::print("{}\n", report_json(site, chapters_));
        }
        return count(chapters_, Verdict::bad) == 0 ? exit_fine : exit_no;
    }

private:
    bool aloud_;
    Style style_ = Style::of_output();
    std::vector<Chapter> chapters_;
};

int run_round(Patient patient, bool aloud) {
    Round round(aloud);
    bool settings = true;
    try {
        patient.settings = config::load_settings(patient.folder / "holdfast.conf");
        patient.standing = ask(patient);
    } catch (const Error& error) {
        settings = false;
        round.add({"configuration",
                   {bad(error.what(),
                        "the daemon goes on with what it had, and does not start with this; what "
                        "depends on it was not looked at",
                        "mend it; docs/configuration.md has every key")}});
    }
    for (const auto& examination : examinations) {
        if (settings || !examination.needs_settings) {
            round.add(examine(examination, patient));
        }
    }
    return round.end(patient.settings.site.name);
}

} // namespace

int run_doctor(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("json", "for programs: one object");
    options.add_options()("timeout", po::value<unsigned>()->default_value(5),
                          "seconds to wait for each answer");
    const auto values = parse(
        arguments, options,
        "Looks at everything an appliance needs and says what is wrong, why it matters and "
        "what to do.\nExit 1 if anything fails. Run it with sudo: an ordinary user sees less.",
        "sudo holdfast doctor");
    if (!values) {
        return exit_fine;
    }
    const auto folder = dir_option(*values);
    if (!std::filesystem::is_directory(folder)) {
        throw Error(fmt::format("{} does not exist; 'holdfast init' makes an appliance, --dir "
                                "names another one",
                                folder.string()));
    }
    const auto seat = broker_seat(folder);
    return run_round({.folder = folder,
                      .installed = is_installed(folder),
                      .state = seat.state,
                      .broker_user = seat.user,
                      .now = std::chrono::system_clock::now(),
                      .clock_synchronised = clock_synchronised(),
                      .patience = std::chrono::seconds((*values)["timeout"].as<unsigned>())},
                     values->count("json") == 0);
}

} // namespace holdfast::cli
