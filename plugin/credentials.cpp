#include "plugin/credentials.hpp"

#include <map>
#include <tuple>
#include <utility>

namespace holdfast {

namespace {

auto in_order(const PasswordHash::Cost& cost) {
    const auto& [memory, passes, lanes] = cost.argon2;
    return std::tuple(cost.scheme, cost.iterations, memory, passes, lanes);
}

/// Costs what checking most users of the file costs.
PasswordHash typical_decoy(const Users& users) {
    std::map<decltype(in_order({})), std::size_t> counts;
    const PasswordHash* typical = nullptr;
    std::size_t most = 0;
    for (const auto& [name, hash] : users.all()) {
        const auto count = ++counts[in_order(hash.cost())];
        if (count > most) {
            most = count;
            typical = &hash;
        }
    }
    return typical != nullptr ? PasswordHash::unmatchable_like(*typical)
                              : PasswordHash::make("nobody has this one");
}

} // namespace

Credentials::Credentials(Users users, LoginMemory memory)
    : users_(std::move(users))
    , decoy_(typical_decoy(users_))
    , memory_(std::move(memory)) {}

Credentials::Credentials(Users users)
    : users_(std::move(users))
    , decoy_(typical_decoy(users_))
    , memory_(LoginMemory::of_process(users_.all().size())) {}

bool Credentials::verify(std::string_view user, std::string_view password, BootTime now) {
    const auto* hash = users_.find(user);
    const auto& checked = hash != nullptr ? *hash : decoy_;
    const auto line = checked.str();
    const bool remembered = memory_.has({user, password, line}, now);
    if (hash != nullptr && remembered) {
        ++quick_checks_;
        return true;
    }
    ++slow_checks_;
    const bool matches = checked.matches(password);
    if (hash == nullptr || !matches) {
        return false;
    }
    memory_.add({user, password, line}, now);
    return true;
}

bool Credentials::recognises(std::string_view user, std::string_view password, BootTime now) {
    const auto* hash = users_.find(user);
    const bool known = hash != nullptr && memory_.has({user, password, hash->str()}, now);
    quick_checks_ += known ? 1 : 0;
    return known;
}

std::vector<std::string> Credentials::replace(Users users) {
    auto decoy = typical_decoy(users);
    std::vector<std::string> changed;
    for (const auto& [name, before] : users_.all()) {
        const auto* after = users.find(name);
        if (after == nullptr || !(*after == before)) {
            changed.push_back(name);
        }
    }
    users_ = std::move(users);
    decoy_ = std::move(decoy);
    return changed;
}

} // namespace holdfast
