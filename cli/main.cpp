#include "cli/options.hpp"
#include "cli/verb.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace {

using namespace holdfast;
using namespace holdfast::cli;

constexpr std::array verbs{
    Verb{"demo", "the whole appliance and a stand-in cloud in one folder, with an outage",
         run_demo},
    Verb{"init", "make a new appliance: configuration, certificates, users, policy", run_init},
    Verb{"user", "add, change, remove, disable and list who may log in to the local broker",
         run_user},
    Verb{"policy",
         "check, explain and list who may read and write what; take over dynamic-security",
         run_policy},
    Verb{"cert", "make, list, renew, revoke, hand out and check certificates", run_cert},
    Verb{"bridge", "check the way to the cloud, step by step and topic by topic", run_bridge},
    Verb{"cloud", "make what the cloud's side needs: a folder for a machine, or AWS's policy",
         run_cloud},
    Verb{"sensors", "drivers with their keys and examples; scan finds what is attached",
         run_sensors},
    Verb{"status", "the link, the backlog, sensors, disk wear, denials, certificates", run_status},
    Verb{"doctor", "look at everything, and say what is wrong, why it matters and what to do",
         run_doctor},
    Verb{"history", "print what the spool holds of a sensor, for plots and tables", run_history},
    Verb{"drill", "cut the way to the cloud for a while and prove that every reading arrives",
         run_drill},
    Verb{"backup", "write configuration, certificates and all readings into one archive",
         run_backup},
    Verb{"restore", "make the appliance of a backup, here or on a new machine", run_restore},
    Verb{"render", "write the broker's files again from holdfast.conf", run_render},
};

void print_help() {
    fmt::print("holdfast: an MQTT appliance that loses nothing\n\n"
               "  holdfast VERB [OPTIONS]        holdfast VERB --help\n\n");
    for (const auto& verb : verbs) {
        fmt::print("  {:<8} {}\n", verb.name, verb.summary);
    }
}

int unknown_verb(std::string_view word) {
    std::array<std::string_view, verbs.size()> names;
    std::transform(verbs.begin(), verbs.end(), names.begin(),
                   [](const Verb& verb) { return verb.name; });
    const auto meant = nearest(word, names);
    fmt::print(stderr, "holdfast: there is no verb '{}'{}\n", word,
               meant ? fmt::format("; did you mean '{}'?", *meant) : "; see holdfast --help");
    return exit_usage;
}

int run_verb(const Verb& verb, const Arguments& arguments) {
    try {
        return verb.run(arguments);
    } catch (const boost::program_options::error& error) {
        fmt::print(stderr, "holdfast {0}: {1}; see holdfast {0} --help\n", verb.name, error.what());
        return exit_usage;
    } catch (const UsageError& error) {
        fmt::print(stderr, "holdfast {0}: {1}; see holdfast {0} --help\n", verb.name, error.what());
        return exit_usage;
    } catch (const std::exception& error) {
        fmt::print(stderr, "holdfast {}: {}\n", verb.name, error.what());
        return exit_cannot;
    }
}

} // namespace

int main(int argc, char** argv) {
    const Arguments words(argv + 1, argv + argc);
    if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
        print_help();
        return words.empty() ? exit_usage : exit_fine;
    }
    if (words[0] == "--version") {
        fmt::print("holdfast {}\n", HOLDFAST_VERSION);
        return exit_fine;
    }
    const auto verb = std::find_if(verbs.begin(), verbs.end(), [&](const Verb& candidate) {
        return candidate.name == words[0];
    });
    return verb == verbs.end() ? unknown_verb(words[0])
                               : run_verb(*verb, Arguments(words.begin() + 1, words.end()));
}
