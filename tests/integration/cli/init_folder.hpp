#pragma once

#include "command.hpp"

#include <filesystem>

namespace holdfast::test {

/// `holdfast init` with everything it writes in one folder.
class InitFolder {
public:
    Outcome init(const std::vector<std::string>& more) const {
        std::vector<std::string> words{"init",
                                       "--dir",
                                       folder().string(),
                                       "--state",
                                       state(),
                                       "--spool",
                                       (root_ / "spool/spool.db").string()};
        words.insert(words.end(), more.begin(), more.end());
        return holdfast_command(std::move(words));
    }

    std::filesystem::path folder() const { return root_ / "etc"; }
    std::filesystem::path config() const { return folder() / "holdfast.conf"; }
    std::string state() const { return (root_ / "state").string(); }

    /// Everything in the folder that a call could change.
    std::string contents() const {
        std::string all;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
            if (entry.is_regular_file()) {
                all += entry.path().string() + "\n" + read_file(entry.path());
            }
        }
        return all;
    }

private:
    TempFolder root_;
};

} // namespace holdfast::test
