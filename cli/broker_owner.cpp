#include "cli/broker_owner.hpp"

#include "core/error.hpp"

#include <pwd.h>
#include <unistd.h>

namespace holdfast::cli {

namespace {

void change(const std::filesystem::path& path, uid_t owner, gid_t group) {
    if (::chown(path.c_str(), owner, group) != 0) {
        throw_errno(path.string());
    }
}

} // namespace

BrokerOwner::BrokerOwner(const std::string& user)
    : user_(::geteuid() == 0 ? ::getpwnam(user.c_str()) : nullptr) {}

void BrokerOwner::owns(const std::filesystem::path& path) const {
    if (user_ != nullptr) {
        change(path, user_->pw_uid, user_->pw_gid);
    }
}

void BrokerOwner::reads(const std::filesystem::path& path) const {
    if (user_ != nullptr) {
        change(path, 0, user_->pw_gid);
    }
}

} // namespace holdfast::cli
