#pragma once

#include "core/atomic_file.hpp"
#include "plugin/authority.hpp"
#include "recording_broker.hpp"
#include "support/temp_folder.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::test {

/// The two files, and what an Authority does with them.
class Site {
public:
    Site() {
        write_users({{"alice", "apple"}});
        write_policy("user alice\ntopic read a/#\n");
    }

    using Passwords = std::initializer_list<std::pair<std::string_view, std::string_view>>;
    void write_users(Passwords passwords) {
        Users users;
        for (const auto& [name, password] : passwords) {
            users.set(name, PasswordHash::make(password, 10));
        }
        write_users(users);
    }
    void write_users(const Users& users) {
        write_file(folder_ / "users", users.str(), FileMode::group);
    }
    void write_policy(std::string_view text) {
        write_file(folder_ / "policy", text, FileMode::group);
    }
    void write_bad_users() { write_file(folder_ / "users", "alice:apple\n", FileMode::group); }
    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    PluginOptions options() const { return {folder_ / "users", folder_ / "policy"}; }
    Log log() {
        return Log([this](Log::Level, const std::string& line) { lines_.push_back(line); });
    }
    bool logged(const std::string& part) const { return times_logged(part) > 0; }

    std::size_t times_logged(const std::string& part) const {
        return static_cast<std::size_t>(
            std::count_if(lines_.begin(), lines_.end(),
                          [&](const auto& line) { return line.find(part) != std::string::npos; }));
    }

    RecordingBroker broker;

private:
    TempFolder folder_;
    std::vector<std::string> lines_;
};

inline const Client alice{{"alice", "c1"}, "10.0.0.7"};

inline bool log_in(Authority& authority, const Client& client, std::string_view user,
                   std::optional<std::string_view> password, BootTime now) {
    return authority.login({client, user, password}, now) == Gate::Answer::yes;
}

/// As an idle broker does, ten times a second.
inline void tick_for(Authority& authority, BootTime from, BootTime until) {
    for (auto now = from; now < until; now += std::chrono::milliseconds(100)) {
        authority.tick(now);
    }
}

} // namespace holdfast::test
