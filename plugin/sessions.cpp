#include "plugin/sessions.hpp"

namespace holdfast {

void Sessions::began(const Client& client, std::string_view user, std::string_view certificate) {
    if (sessions_.size() < most || sessions_.contains(client.handle)) {
        sessions_.insert_or_assign(client.handle,
                                   Session{std::string(user), std::string(client.names.client),
                                           std::string(client.address), std::string(certificate)});
    }
}

std::vector<std::string>
Sessions::clients_of(const std::function<bool(const Session&)>& holds) const {
    std::vector<std::string> clients;
    for (const auto& [handle, session] : sessions_) {
        if (holds(session)) {
            clients.push_back(session.client);
        }
    }
    return clients;
}

} // namespace holdfast
