#include "edge/local_broker.hpp"

#include "certs/expiry.hpp"
#include "certs/pem.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/identities.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

namespace holdfast::edge {

namespace {

std::string read_password(const std::filesystem::path& file) {
    const auto content = std::filesystem::exists(file) ? read_file(file) : std::string();
    const auto password = trim(content);
    if (password.empty()) {
        throw InputError(file.string(), 0,
                         fmt::format("there is no password for '{}' at the local broker; 'holdfast "
                                     "init --force' makes a new one",
                                     identities::edge_user));
    }
    return std::string(password);
}

} // namespace

mqtt::Endpoint local_broker(const config::Settings& settings, const std::filesystem::path& folder,
                            const std::string& client_id) {
    const auto& address = settings.broker.address;
    const bool everywhere = address == "0.0.0.0" || address == "::";
    mqtt::Endpoint endpoint;
    endpoint.host = everywhere || address == "127.0.0.1" ? "localhost" : address;
    endpoint.port = settings.broker.port;
    endpoint.client_id = client_id;
    endpoint.username = identities::edge_user;
    endpoint.password = read_password(folder / "edge.password");
    const auto ca = folder / "certs/ca.crt";
    // libmosquitto would find fault with it at each connect only, and not say what it is.
    certs::load_certificates(ca, certs::Remedy::make_authority);
    endpoint.ca_file = ca;
    endpoint.known_time = certs::last_known_time(folder / "certs");
    return endpoint;
}

} // namespace holdfast::edge
