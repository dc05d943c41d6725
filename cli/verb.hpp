#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::cli {

/// What `holdfast` ends with.
enum ExitCode : int {
    exit_fine = 0,
    exit_no = 1,     ///< the answer is no
    exit_usage = 2,  ///< the call's words are wrong
    exit_cannot = 3, ///< the environment does not let us
};

using Arguments = std::vector<std::string>;

/// One command: a row of the table in main.cpp, and a file of its own, in a folder of
/// its own where it takes more.
struct Verb {
    std::string_view name;
    std::string_view summary;
    /// Gets the words after the verb. Throws boost::program_options::error or UsageError for wrong
    /// words, and anything else for what cannot be done.
    int (*run)(const Arguments&);
};

int run_demo(const Arguments& arguments);
int run_init(const Arguments& arguments);
int run_render(const Arguments& arguments);
int run_policy(const Arguments& arguments);
int run_user(const Arguments& arguments);
int run_bridge(const Arguments& arguments);
int run_cloud(const Arguments& arguments);
int run_cert(const Arguments& arguments);
int run_sensors(const Arguments& arguments);
int run_history(const Arguments& arguments);
int run_drill(const Arguments& arguments);
int run_status(const Arguments& arguments);
int run_backup(const Arguments& arguments);
int run_restore(const Arguments& arguments);
int run_doctor(const Arguments& arguments);

} // namespace holdfast::cli
