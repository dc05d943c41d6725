#include "cli/setup/service_owner.hpp"

#include "core/error.hpp"

#include <pwd.h>
#include <unistd.h>

namespace holdfast::cli {

namespace {

void hand_over(const std::filesystem::path& path, uid_t user, gid_t group) {
    if (::chown(path.c_str(), user, group) != 0) {
        throw_errno(path.string());
    }
}

} // namespace

ServiceOwner::ServiceOwner(const std::string& user) {
    const auto* const known = ::geteuid() == 0 ? ::getpwnam(user.c_str()) : nullptr;
    if (known != nullptr) {
        ids_ = Ids{known->pw_uid, known->pw_gid};
    }
}

void ServiceOwner::owns(const std::filesystem::path& path) const {
    if (ids_) {
        hand_over(path, ids_->user, ids_->group);
    }
}

void ServiceOwner::reads(const std::filesystem::path& path) const {
    if (ids_) {
        hand_over(path, 0, ids_->group);
    }
}

} // namespace holdfast::cli
