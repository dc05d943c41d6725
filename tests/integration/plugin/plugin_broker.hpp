#pragma once

#include "plugin/users.hpp"
#include "support/broker.hpp"
#include "support/mqtt_client.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace holdfast::test {

/// A broker with the plugin, in whose folder lie `users` and `policy`.
class PluginBroker {
public:
    PluginBroker(const Users& users, std::string_view policy, const std::string& config = "");

    Broker& broker() const { return *broker_; }
    std::uint16_t port() const { return broker_->port(); }
    void write_users(const Users& users) const;
    void write_users(std::string_view text) const;
    void write_policy(std::string_view text) const;
    /// SIGHUP, and waits until the plugin has logged `outcome`.
    void reload(const std::string& outcome = "users and policy reloaded");

    MqttClient client(const std::string& user, const std::string& password,
                      const std::string& client_id = "",
                      MqttClient::Version version = MqttClient::Version::v311) const;

private:
    TempFolder files_;
    std::unique_ptr<Broker> broker_;
};

/// With few iterations, to keep the tests quick.
Users users_with(std::initializer_list<std::pair<std::string_view, std::string_view>> passwords);

/// Makes brokers that are started from now on load the sanitizer's runtime, where the build has
/// one.
void preload_sanitizer();

} // namespace holdfast::test
