#pragma once

#include "plugin/client.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace holdfast {

/// The clients that are logged in as a user, as the broker tells of them, so that those whom a
/// change concerns can be found.
class Sessions {
public:
    /// More are not remembered: a change then reaches them with their next login.
    static constexpr std::size_t most = 100'000;

    struct Session {
        std::string user;
        std::string client;
        std::string address;
        std::string certificate; ///< ClientCertificate::id; empty without one
    };

    /// `certificate` as in Session.
    void began(const Client& client, std::string_view user, std::string_view certificate);
    void ended(const void* handle) noexcept { sessions_.erase(handle); }

    std::size_t size() const noexcept { return sessions_.size(); }
    /// The client ids of those of whom `holds` is true.
    std::vector<std::string> clients_of(const std::function<bool(const Session&)>& holds) const;

private:
    std::unordered_map<const void*, Session> sessions_;
};

} // namespace holdfast
