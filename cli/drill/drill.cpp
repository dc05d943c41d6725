#include "cli/drill/exercise.hpp"
#include "cli/drill/report.hpp"
#include "cli/options.hpp"
#include "cli/setup/installation.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

using drill::Course;

/// Beyond the outage: for the link to come back and a backlog of that time to drain.
constexpr std::chrono::minutes patience{5};

/// One line of figures: over itself on a terminal, a new one every ten seconds elsewhere.
class Progress {
public:
    ~Progress() { clear(); }

    void show(const Course& course) {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_ && course.phase() == phase_) {
            return;
        }
        phase_ = course.phase();
        next_ = now + (terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10));
        const auto line = text(course, now);
        if (!line.empty()) {
            clear();
            fmt::print("{}{}", line, terminal_ ? "" : "\n");
            std::fflush(stdout);
        }
    }

private:
    static std::string text(const Course& course, Course::Time now) {
        const auto passed = std::chrono::duration<double>(course.in_phase(now)).count();
        switch (course.phase()) {
        case Course::Phase::cut:
            return fmt::format("cut for {:.0f} s, {} waiting", passed, course.pending());
        case Course::Phase::catching_up:
            return fmt::format("free for {:.0f} s, {} waiting", passed, course.pending());
        case Course::Phase::waiting:
        case Course::Phase::over:
            break;
        }
        return {};
    }

    void clear() const {
        if (terminal_) {
            fmt::print("\r\x1b[K");
            std::fflush(stdout);
        }
    }

    bool terminal_ = ::isatty(STDOUT_FILENO) == 1;
    Course::Phase phase_ = Course::Phase::waiting;
    std::chrono::steady_clock::time_point next_{};
};

} // namespace

int run_drill(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    add_outage_option(options, "60s");
    const auto values = parse(arguments, options,
                              "Cuts the live appliance's way to the cloud for a while, then proves "
                              "by receipts that every\nreading of that time arrived. Ctrl-C ends "
                              "the outage at once; said again, the drill.\nThe link comes back by "
                              "itself whatever becomes of this program.",
                              "holdfast drill --outage 60s");
    if (!values) {
        return exit_fine;
    }
    const auto outage = outage_option(*values);
    const auto folder = dir_option(*values);
    const auto settings = settings_with_cloud(folder);
    const auto began = std::chrono::system_clock::now();
    drill::Exercise exercise(settings, folder, Course(outage, patience));
    {
        Progress progress;
        exercise.run([&progress](const Course& course) { progress.show(course); });
    }
    const auto& result = exercise.course().result();
    fmt::print("{}", drill::report(settings.site.name, began, result));
    return result.trouble.empty() ? exit_fine : exit_no;
}

} // namespace holdfast::cli
