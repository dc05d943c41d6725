#include "bridge/file_rights.hpp"

#include "core/error.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

namespace holdfast::bridge {

namespace fs = std::filesystem;

namespace {

constexpr mode_t read_bit = 04;
constexpr mode_t search_bit = 01;

/// A user as the kernel sees it when it opens a file.
struct Account {
    uid_t uid;
    std::vector<gid_t> groups;
};

std::optional<Account> account(const std::string& user) {
    const auto* const entry = ::getpwnam(user.c_str());
    if (entry == nullptr) {
        return std::nullopt;
    }
    int count = 64;
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    if (::getgrouplist(user.c_str(), entry->pw_gid, groups.data(), &count) < 0) {
        groups.resize(static_cast<std::size_t>(count));
        ::getgrouplist(user.c_str(), entry->pw_gid, groups.data(), &count);
    }
    groups.resize(static_cast<std::size_t>(count));
    return Account{entry->pw_uid, std::move(groups)};
}

struct stat status_of(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        throw_errno(path.string());
    }
    return status;
}

bool allowed(const Account& account, const fs::path& path, mode_t bit) {
    const auto status = status_of(path);
    if (account.uid == 0) {
        return true;
    }
    if (status.st_uid == account.uid) {
        return (status.st_mode & (bit << 6U)) != 0;
    }
    const bool member = std::find(account.groups.begin(), account.groups.end(), status.st_gid) !=
                        account.groups.end();
    return (status.st_mode & (member ? bit << 3U : bit)) != 0;
}

/// The file or folder that is in the way, or nothing.
std::optional<fs::path> obstacle(const Account& account, const fs::path& file) {
    fs::path folder = "/";
    for (const auto& part : fs::absolute(file).parent_path().relative_path()) {
        folder /= part;
        if (!allowed(account, folder, search_bit)) {
            return folder;
        }
    }
    return allowed(account, file, read_bit) ? std::nullopt : std::optional(file);
}

} // namespace

std::optional<fs::path> obstacle(const std::string& user, const fs::path& file) {
    const auto reader = account(user);
    return reader ? obstacle(*reader, file) : std::nullopt;
}

Findings check_rights(const std::string& user, const fs::path& key,
                      const std::vector<fs::path>& others) {
    const auto broker = account(user);
    if (!broker) {
        return {{Finding::Verdict::note,
                 fmt::format("there is no user '{}' here, so who may read the files was not "
                             "looked at",
                             user)}};
    }
    Findings findings;
    auto files = others;
    files.push_back(key);
    for (const auto& file : files) {
        if (const auto blocked = obstacle(*broker, file)) {
            findings.push_back(
                {Finding::Verdict::bad,
                 fmt::format("the broker runs as '{0}' and cannot read {1}, because of the rights "
                             "of {2}: 'chgrp {0} {2}' and 'chmod g+rX {2}'",
                             user, file.string(), blocked->string())});
        }
    }
    if ((status_of(key).st_mode & 07U) != 0) {
        findings.push_back({Finding::Verdict::bad,
                            fmt::format("everybody on this machine can use the key {0}: 'chmod "
                                        "o-rwx {0}'",
                                        key.string())});
    }
    if (findings.empty()) {
        findings.push_back({Finding::Verdict::good,
                            fmt::format("the broker's user '{}' can read key, certificate and CA, "
                                        "and the key is not open to everybody",
                                        user)});
    }
    return findings;
}

} // namespace holdfast::bridge
