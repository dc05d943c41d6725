#include "plugin/credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace holdfast {

namespace {

/// Costs what checking most users of the file costs.
PasswordHash typical_decoy(const Users& users) {
    std::map<PasswordHash::Cost, std::size_t> counts;
    const PasswordHash* typical = nullptr;
    std::size_t most = 0;
    for (const auto& [name, hash] : users.all()) {
        const auto count = ++counts[hash.cost()];
        if (count > most) {
            most = count;
            typical = &hash;
        }
    }
    return typical != nullptr ? PasswordHash::unmatchable_like(*typical)
                              : PasswordHash::make("nobody has this one");
}

} // namespace

Credentials::Credentials(Users users)
    : users_(std::move(users))
    , decoy_(typical_decoy(users_)) {
    crypto::fill_random(key_);
}

bool Credentials::verify(std::string_view user, std::string_view password, BootTime now) {
    const std::string name(user);
    const auto mac = mac_of(user, password);
    const auto* hash = users_.find(user);
    if (hash != nullptr && remembers(name, mac, now)) {
        ++quick_checks_;
        return true;
    }
    ++slow_checks_;
    const bool matches = (hash != nullptr ? *hash : decoy_).matches(password);
    if (hash == nullptr || !matches) {
        return false;
    }
    verified_.insert_or_assign(name, Verified{mac, now + remembered_for});
    return true;
}

std::vector<std::string> Credentials::replace(Users users) {
    auto decoy = typical_decoy(users);
    std::vector<std::string> changed;
    for (const auto& [name, before] : users_.all()) {
        const auto* after = users.find(name);
        if (after == nullptr || !(*after == before)) {
            changed.push_back(name);
            verified_.erase(name);
        }
    }
    users_ = std::move(users);
    decoy_ = std::move(decoy);
    return changed;
}

bool Credentials::recognises(std::string_view user, std::string_view password, BootTime now) {
    const bool known =
        users_.find(user) != nullptr && remembers(std::string(user), mac_of(user, password), now);
    quick_checks_ += known ? 1 : 0;
    return known;
}

bool Credentials::remembers(const std::string& user, const crypto::Mac& mac, BootTime now) const {
    const auto found = verified_.find(user);
    return found != verified_.end() && now < found->second.until &&
           crypto::equal(found->second.mac, mac);
}

crypto::Mac Credentials::mac_of(std::string_view user, std::string_view password) const {
    // The length keeps "ab" + "c" and "a" + "bc" apart.
    return crypto::mac(key_, fmt::format("{}:{}{}", user.size(), user, password));
}

} // namespace holdfast
