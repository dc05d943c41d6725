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

    /// A broker that root starts stays root: its own user may look neither into a test's folder nor
    /// where the plugin was built. `render` keeps it so.
    void keep_broker_root() const {
        const auto file = folder() / "generated/mosquitto.conf";
        auto text = read_file(file);
        const std::string dropped = "user mosquitto\n";
        if (const auto at = text.find(dropped); at != std::string::npos) {
            write_file(file, text.replace(at, dropped.size(), "user root\n"), FileMode::public_);
        }
    }

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
