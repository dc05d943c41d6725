#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

namespace holdfast::cli {

/// The user of a service: a broker that root starts becomes another user, who has to read what we
/// make, and the packages' daemon runs as its own. Where that user does not exist, or we are not
/// root and the service is ourselves, nothing changes hands.
class ServiceOwner {
public:
    explicit ServiceOwner(const std::string& user);

    /// The file is the service's own: a key, or where it keeps its state. Throws SystemError.
    void owns(const std::filesystem::path& path) const;
    /// The file stays root's, and the service's group may read it. Throws SystemError.
    void reads(const std::filesystem::path& path) const;

private:
    struct Ids {
        uid_t user;
        gid_t group;
    };
    std::optional<Ids> ids_;
};

} // namespace holdfast::cli
