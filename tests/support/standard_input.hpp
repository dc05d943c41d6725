#pragma once

#include "core/atomic_file.hpp"
#include "core/unique_fd.hpp"
#include "support/catch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string_view>

namespace holdfast::test {

/// Another standard input for as long as this lives.
class StandardInput {
public:
    /// A file with this text, which is made.
    StandardInput(const std::filesystem::path& file, std::string_view text) {
        write_file(file, text, FileMode::secret);
        const UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
        become(opened.get());
    }
    explicit StandardInput(int descriptor) { become(descriptor); }
    StandardInput(const StandardInput&) = delete;
    StandardInput& operator=(const StandardInput&) = delete;
    ~StandardInput() {
        ::dup2(before_.get(), STDIN_FILENO);
        forget();
    }

private:
    static void become(int descriptor) {
        REQUIRE(::dup2(descriptor, STDIN_FILENO) == STDIN_FILENO);
        forget();
    }
    static void forget() {
        std::clearerr(stdin);
        std::cin.clear();
    }

    UniqueFd before_{::dup(STDIN_FILENO)};
};

} // namespace holdfast::test
