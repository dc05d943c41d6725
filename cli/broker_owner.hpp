#pragma once

#include <filesystem>
#include <string>

struct passwd;

namespace holdfast::cli {

/// A broker that root starts becomes another user, who has to read what is made here. Nothing
/// changes hands where we are not root ourselves.
class BrokerOwner {
public:
    explicit BrokerOwner(const std::string& user);

    void owns(const std::filesystem::path& path) const;
    /// By its group.
    void reads(const std::filesystem::path& path) const;

private:
    const passwd* user_;
};

} // namespace holdfast::cli
