#include "plugin/quotas.hpp"

#include <algorithm>

namespace holdfast {

bool Quotas::admit_message(std::string_view user, const Limits::Publish& limit, BootTime now) {
    auto found = paid_until_.find(user);
    if (found == paid_until_.end()) {
        found = paid_until_.emplace(user, now).first;
    }
    const auto interval = BootTime(limit.period) / limit.messages;
    const auto paid_until = std::max(found->second, now);
    if (paid_until - now > interval * (limit.burst - 1)) {
        return false;
    }
    found->second = paid_until + interval;
    return true;
}

bool Quotas::admit_subscription(std::string_view client, std::string_view filter,
                                std::uint64_t most) {
    auto found = filters_.find(client);
    if (found == filters_.end()) {
        if (filters_.size() >= most_clients) {
            filters_.erase(filters_.begin());
        }
        found = filters_.emplace(client, std::vector<std::size_t>{}).first;
    }
    auto& filters = found->second;
    const auto hash = Hash()(filter);
    if (std::find(filters.begin(), filters.end(), hash) != filters.end()) {
        return true;
    }
    if (filters.size() >= most) {
        return false;
    }
    filters.push_back(hash);
    return true;
}

void Quotas::unsubscribed(std::string_view client, std::string_view filter) {
    if (const auto found = filters_.find(client); found != filters_.end()) {
        std::erase(found->second, Hash()(filter));
    }
}

void Quotas::forget(std::string_view client) {
    if (const auto found = filters_.find(client); found != filters_.end()) {
        filters_.erase(found);
    }
}

} // namespace holdfast
