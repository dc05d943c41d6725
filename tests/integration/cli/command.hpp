#pragma once

#include "core/atomic_file.hpp"
#include "core/child_process.hpp"
#include "support/temp_folder.hpp"

#include <sys/wait.h>

#include <string>
#include <vector>

namespace holdfast::test {

struct Outcome {
    int status;         ///< -1 where a signal ended it
    std::string output; ///< what it said, and its errors
};

/// `holdfast` with these words, as a person runs it.
inline Outcome holdfast_command(std::vector<std::string> words) {
    const TempFolder folder;
    words.insert(words.begin(), HOLDFAST);
    ChildProcess child({std::move(words), folder / "output"});
    const auto ended = child.wait(std::chrono::minutes(1));
    const int status = ended && WIFEXITED(*ended) ? WEXITSTATUS(*ended) : -1;
    return {status, read_file(folder / "output")};
}

} // namespace holdfast::test
