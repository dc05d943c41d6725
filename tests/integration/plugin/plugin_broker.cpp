#include "plugin_broker.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <cstdlib>

namespace holdfast::test {

void preload_sanitizer() {
#ifdef HOLDFAST_BROKER_PRELOAD
    // Read by the programs that this one starts; it has read its own at its start. The broker
    // itself leaks at exit, and the runtime is not its own.
    ::setenv("LD_PRELOAD", HOLDFAST_BROKER_PRELOAD, 1);
    ::setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
#endif
}

Users users_with(std::initializer_list<std::pair<std::string_view, std::string_view>> passwords) {
    Users users;
    for (const auto& [user, password] : passwords) {
        users.set(user, PasswordHash::make(password, 10));
    }
    return users;
}

PluginBroker::PluginBroker(const Users& users, std::string_view policy, const std::string& config) {
    preload_sanitizer();
    write_users(users);
    write_policy(policy);
    broker_ = std::make_unique<Broker>(
        fmt::format("plugin {}\nplugin_opt_users {}\nplugin_opt_policy {}\n{}", HOLDFAST_PLUGIN,
                    (files_ / "users").string(), (files_ / "policy").string(), config));
}

void PluginBroker::write_users(const Users& users) const {
    write_users(users.str());
}

void PluginBroker::write_users(std::string_view text) const {
    write_file(files_ / "users", text, FileMode::group);
}

void PluginBroker::write_policy(std::string_view text) const {
    write_file(files_ / "policy", text, FileMode::group);
}

void PluginBroker::reload(const std::string& outcome) {
    const auto before = broker().log().size();
    broker().sighup();
    REQUIRE(broker().wait_for_log(outcome, before));
}

MqttClient PluginBroker::client(const std::string& user, const std::string& password,
                                const std::string& client_id, MqttClient::Version version) const {
    MqttClient::Options options;
    options.client_id = client_id;
    options.version = version;
    options.username = user;
    options.password = password;
    return {broker_->port(), options};
}

} // namespace holdfast::test
