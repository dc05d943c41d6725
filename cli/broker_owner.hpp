#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

namespace holdfast::cli {

/// A broker that root starts becomes another user, who has to read what we make. Where that user
/// does not exist, or we are not root and the broker is ourselves, nothing changes hands.
class BrokerOwner {
public:
    explicit BrokerOwner(const std::string& user);

    /// The file is the broker's own: a key, or where it keeps its state. Throws SystemError.
    void owns(const std::filesystem::path& path) const;
    /// The file stays root's, and the broker's group may read it. Throws SystemError.
    void reads(const std::filesystem::path& path) const;

private:
    struct Ids {
        uid_t user;
        gid_t group;
    };
    std::optional<Ids> ids_;
};

} // namespace holdfast::cli
