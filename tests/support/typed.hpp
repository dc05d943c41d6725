#pragma once

#include "support/program.hpp"
#include "support/temp_folder.hpp"

#include <chrono>
#include <string>

namespace holdfast::test {

/// What came of something that a person typed into a shell.
struct Typed {
    int status;
    std::string output; ///< both streams
};

inline Typed type(const std::string& command) {
    const TempFolder folder;
    Program shell(command, {{"/bin/sh", "-c", command}, folder / "log"});
    shell.start();
    const auto status = shell.exit_status(std::chrono::minutes(1));
    return {status.value_or(-1), shell.log()};
}

} // namespace holdfast::test
