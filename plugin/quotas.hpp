#pragma once

#include "core/clock.hpp"
#include "plugin/limits.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace holdfast {

/// Counts what users and clients with limits have used up. Memory is bounded by the users and
/// clients that have a limit.
class Quotas {
public:
    /// Beyond it, the subscriptions of some client count from zero again.
    static constexpr std::size_t most_clients = 10'000;

    /// Whether the user, with all clients together, may publish one more message now; it counts if
    /// so. Does not allocate but for the first message of a user.
    bool admit_message(std::string_view user, const Limits::Publish& limit, BootTime now);
    /// Whether the client may have this subscription too. One that it has already is no more.
    bool admit_subscription(std::string_view client, std::string_view filter, std::uint64_t most);
    void unsubscribed(std::string_view client, std::string_view filter);
    /// The client has no subscriptions any more.
    void forget(std::string_view client);

    /// With subscriptions that are counted.
    std::size_t clients() const noexcept { return filters_.size(); }

    /// For new limits: everybody may send a burst again.
    void forget_messages() noexcept { paid_until_.clear(); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>()(text);
        }
    };
    template <typename T>
    using ByName = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

    ByName<BootTime> paid_until_; // of each user: the generic cell rate algorithm (ITU-T I.371)
    ByName<std::vector<std::size_t>> filters_; // of each client: hashes of its filters
};

} // namespace holdfast
