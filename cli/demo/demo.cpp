#include "cli/demo/story.hpp"
#include "cli/options.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

/// A folder for one run, removed afterwards unless something went wrong in it.
class Folder {
public:
    explicit Folder(const po::variables_map& values) {
        if (values.count("dir") != 0) {
            path_ = fs::absolute(values["dir"].as<std::string>()).lexically_normal();
            return;
        }
        auto pattern = (fs::temp_directory_path() / "holdfast-demo-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) {
            throw_errno(pattern);
        }
        path_ = pattern;
        ours_ = true;
    }

    const fs::path& path() const noexcept { return path_; }
    void remove_if_ours() const {
        if (ours_) {
            fs::remove_all(path_);
        }
    }

private:
    fs::path path_;
    bool ours_ = false;
};

int play(const Folder& folder, std::chrono::seconds outage, bool once) {
    const demo::Set set(folder.path());
    try {
        demo::Story story(set, outage);
        const auto result = story.play();
        if (!once) {
            story.go_on();
        }
        return result.lost == 0 ? exit_fine : exit_no;
    } catch (const demo::Interrupted&) {
        fmt::print("\nended\n");
        return once ? exit_no : exit_fine;
    } catch (const Error& error) {
        throw Error(
            fmt::format("{}\n(everything is kept in {})", error.what(), folder.path().string()));
    }
}

} // namespace

int run_demo(const Arguments& arguments) {
    po::options_description options("Options");
    options.add_options()("once", "end after the ledger; exit 0 only if nothing was lost");
    add_outage_option(options, "20s");
    options.add_options()("dir", po::value<std::string>(),
                          "an empty folder for everything; otherwise a temporary one");
    const auto values = parse(
        arguments, options,
        "Runs the whole appliance and a stand-in cloud broker in one folder, on free loopback "
        "ports\nwith real TLS: readings flow, the cloud goes, the daemon is killed, the cloud "
        "returns.",
        "holdfast demo --once --outage 10");
    if (!values) {
        return exit_fine;
    }
    const auto outage = outage_option(*values);
    const Folder folder(*values);
    const int code = play(folder, outage, values->count("once") != 0);
    if (code == exit_fine) {
        folder.remove_if_ours();
    }
    return code;
}

} // namespace holdfast::cli
