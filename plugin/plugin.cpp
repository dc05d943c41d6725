// The C boundary: Mosquitto's plugin API (version 5) in, Authority out. Nothing throws past here,
// and whatever goes wrong is a denial. Only functions that Mosquitto 2.0.11 and all later versions
// export are used.
#include "certs/handles.hpp"
#include "core/clock.hpp"
#include "core/topics.hpp"
#include "plugin/authority.hpp"
#include "plugin/mosquitto_api.hpp"
#include "plugin/watchdog.hpp"

#include <array>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using holdfast::Authority;
using holdfast::Log;

std::string_view view(const char* text) {
    return text != nullptr ? text : std::string_view{};
}

int broker_level(Log::Level level) {
    switch (level) {
    case Log::Level::error:
        return MOSQ_LOG_ERR;
    case Log::Level::warning:
        return MOSQ_LOG_WARNING;
    case Log::Level::notice:
        return MOSQ_LOG_NOTICE;
    case Log::Level::info:
        return MOSQ_LOG_INFO;
    case Log::Level::debug:
        return MOSQ_LOG_DEBUG;
    }
    return MOSQ_LOG_ERR;
}

Log broker_log() {
    return Log(
        [](Log::Level level, const std::string& line) {
            mosquitto_log_printf(broker_level(level), "holdfast: %s", line.c_str());
        },
        Log::Level::debug);
}

/// The broker whose functions this module is linked to when it is loaded.
class ThisBroker : public holdfast::HostBroker {
public:
    void publish(const std::string& topic, const std::string& payload, bool retain) override {
        const int code =
            mosquitto_broker_publish_copy(nullptr, topic.c_str(), static_cast<int>(payload.size()),
                                          payload.data(), 0, retain, nullptr);
        if (code != MOSQ_ERR_SUCCESS) {
            mosquitto_log_printf(MOSQ_LOG_ERR, "holdfast: cannot publish %s: %d", topic.c_str(),
                                 code);
        }
    }
    void end_sessions_of(const std::string& user) override {
        mosquitto_kick_client_by_username(user.c_str(), true);
    }
    bool end_session(const std::string& client) override {
        return mosquitto_kick_client_by_clientid(client.c_str(), true) == MOSQ_ERR_SUCCESS;
    }
};

/// Lets a tick through a hundred times a second: Mosquitto gives one with each turn of its loop,
/// which under load is one with each message.
class TickGate {
public:
    bool opens() noexcept {
        timespec now{};
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now); // a fifth of the cost of the exact time
        const auto span = now.tv_sec * 100 + now.tv_nsec / (10 * 1000 * 1000);
        return std::exchange(last_span_, span) != span;
    }
    /// The next tick goes through.
    void reset() noexcept { last_span_ = never; }

private:
    static constexpr std::time_t never = -1;
    std::time_t last_span_ = never; // of ten milliseconds
};

struct Plugin {
    Plugin(mosquitto_plugin_id_t* identifier, holdfast::PluginOptions options)
        : id(identifier)
        , watchdog(options.watchdog)
        , authority(std::move(options), broker_log(), broker) {}

    mosquitto_plugin_id_t* id;
    ThisBroker broker;
    holdfast::Watchdog watchdog;
    Authority authority;
    TickGate ticks;
};

/// Runs `answer`; an exception becomes a log line and `on_failure`.
template <typename Answer>
int guarded(int on_failure, Answer answer) noexcept {
    try {
        return answer();
    } catch (const std::exception& error) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "holdfast: %s", error.what());
    } catch (...) {
        mosquitto_log_printf(MOSQ_LOG_ERR, "holdfast: unknown failure");
    }
    return on_failure;
}

Plugin& plugin(void* userdata) {
    return *static_cast<Plugin*>(userdata);
}

Authority& authority(void* userdata) {
    return plugin(userdata).authority;
}

holdfast::Client client_of(const mosquitto* client) {
    const auto* user = mosquitto_client_username(client);
    return {{user != nullptr ? std::optional<std::string_view>(user) : std::nullopt,
             view(mosquitto_client_id(client))},
            view(mosquitto_client_address(client)),
            client,
            mosquitto_client_protocol_version(client) != 0,
            mosquitto_client_sub_count(client) != 0};
}

// The broker gives us a reference of our own.
std::optional<holdfast::ClientCertificate> certificate_of(const mosquitto* client,
                                                          const holdfast::PluginOptions& options) {
    if (!options.certificate_user && options.crl.empty()) {
        return std::nullopt;
    }
    const holdfast::certs::CertificateHandle certificate(
        static_cast<x509_st*>(mosquitto_client_certificate(client)));
    return certificate
               ? std::optional(holdfast::read_certificate(*certificate, options.certificate_user))
               : std::nullopt;
}

std::optional<std::string_view> optional_view(const char* text) {
    return text != nullptr ? std::optional<std::string_view>(text) : std::nullopt;
}

int on_basic_auth(int /*event*/, void* data, void* userdata) noexcept {
    return guarded(MOSQ_ERR_AUTH, [&] {
        const auto& asked = *static_cast<mosquitto_evt_basic_auth*>(data);
        auto& judge = authority(userdata);
        const holdfast::Login login{client_of(asked.client), optional_view(asked.username),
                                    optional_view(asked.password),
                                    certificate_of(asked.client, judge.options())};
        const auto answer = judge.login(login, holdfast::boot_now());
        plugin(userdata).watchdog.worked(holdfast::boot_now());
        switch (answer) {
        case holdfast::Gate::Answer::no:
            return static_cast<int>(MOSQ_ERR_AUTH);
        case holdfast::Gate::Answer::not_asked:
            // The broker's allow_anonymous decides. A yes from here would override its no.
            return static_cast<int>(MOSQ_ERR_PLUGIN_DEFER);
        case holdfast::Gate::Answer::yes:
            break;
        }
        const bool by_certificate = login.certificate && login.certificate->user && !login.user;
        const bool named = !by_certificate ||
                           mosquitto_set_username(asked.client, login.certificate->user->c_str()) ==
                               MOSQ_ERR_SUCCESS;
        return static_cast<int>(named ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH);
    });
}

std::optional<Authority::Access> access_of(int access) {
    switch (access) {
    case MOSQ_ACL_READ:
        return Authority::Access::read;
    case MOSQ_ACL_WRITE:
        return Authority::Access::write;
    case MOSQ_ACL_SUBSCRIBE:
        return Authority::Access::subscribe;
    default:
        return std::nullopt;
    }
}

int on_acl_check(int /*event*/, void* data, void* userdata) noexcept {
    return guarded(MOSQ_ERR_ACL_DENIED, [&] {
        const auto& check = *static_cast<mosquitto_evt_acl_check*>(data);
        if (check.access == MOSQ_ACL_UNSUBSCRIBE) {
            authority(userdata).unsubscribed(client_of(check.client), view(check.topic));
            return static_cast<int>(MOSQ_ERR_SUCCESS);
        }
        const auto access = access_of(check.access);
        const bool allowed =
            access && check.topic != nullptr &&
            authority(userdata).allows(*access, client_of(check.client), check.topic,
                                       holdfast::Moment::present(), check.payloadlen);
        return static_cast<int>(allowed ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED);
    });
}

int on_disconnect(int /*event*/, void* data, void* userdata) noexcept {
    authority(userdata).left(static_cast<mosquitto_evt_disconnect*>(data)->client);
    return MOSQ_ERR_SUCCESS;
}

// Anything but success drops the client that sent it.
int on_control(int /*event*/, void* data, void* userdata) noexcept {
    return guarded(MOSQ_ERR_SUCCESS, [&] {
        const auto& control = *static_cast<mosquitto_evt_control*>(data);
        const std::string_view payload(static_cast<const char*>(control.payload),
                                       control.payload != nullptr ? control.payloadlen : 0);
        authority(userdata).control(client_of(control.client), payload, holdfast::boot_now());
        return static_cast<int>(MOSQ_ERR_SUCCESS);
    });
}

// Anything but success makes Mosquitto 2.1 exit.
int on_reload(int /*event*/, void* /*data*/, void* userdata) noexcept {
    return guarded(MOSQ_ERR_SUCCESS, [&] {
        authority(userdata).reload(holdfast::boot_now());
        plugin(userdata).watchdog.worked(holdfast::boot_now());
        plugin(userdata).ticks.reset(); // it says that all sessions were asked about
        return static_cast<int>(MOSQ_ERR_SUCCESS);
    });
}

int on_tick(int /*event*/, void* /*data*/, void* userdata) noexcept {
    return guarded(MOSQ_ERR_SUCCESS, [&] {
        if (plugin(userdata).ticks.opens()) {
            authority(userdata).tick(holdfast::boot_now());
            plugin(userdata).watchdog.turned(holdfast::boot_now());
        }
        return static_cast<int>(MOSQ_ERR_SUCCESS);
    });
}

struct Callback {
    int event = 0;
    MOSQ_FUNC_generic_callback function = nullptr;
    const char* topic = nullptr; ///< which control messages
};

constexpr auto callbacks = std::to_array<Callback>({
    {MOSQ_EVT_BASIC_AUTH, on_basic_auth},
    {MOSQ_EVT_ACL_CHECK, on_acl_check},
    {MOSQ_EVT_DISCONNECT, on_disconnect},
    {MOSQ_EVT_RELOAD, on_reload},
    {MOSQ_EVT_TICK, on_tick},
    {MOSQ_EVT_CONTROL, on_control, holdfast::topics::control.data()},
});

holdfast::PluginOptions read_options(const mosquitto_opt* options, int count) {
    std::vector<std::pair<std::string_view, std::string_view>> given;
    for (const auto* option = options; option != options + count; ++option) {
        given.emplace_back(view(option->key), view(option->value));
    }
    return holdfast::PluginOptions::parse(given);
}

} // namespace

int mosquitto_plugin_version(int supported_version_count, const int* supported_versions) {
    for (int i = 0; i < supported_version_count; ++i) {
        if (supported_versions[i] == MOSQ_PLUGIN_VERSION) {
            return MOSQ_PLUGIN_VERSION;
        }
    }
    return -1;
}

int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier, void** userdata,
                          mosquitto_opt* options, int option_count) {
    return guarded(MOSQ_ERR_INVAL, [&] {
        auto plugin = std::make_unique<Plugin>(identifier, read_options(options, option_count));
        for (const auto& [event, function, topic] : callbacks) {
            const int code =
                mosquitto_callback_register(identifier, event, function, topic, plugin.get());
            if (code != MOSQ_ERR_SUCCESS) {
                mosquitto_log_printf(MOSQ_LOG_ERR, "holdfast: event %d cannot be registered: %d",
                                     event, code);
                return code;
            }
        }
        *userdata = plugin.release();
        return static_cast<int>(MOSQ_ERR_SUCCESS);
    });
}

int mosquitto_plugin_cleanup(void* userdata, mosquitto_opt* /*options*/, int /*option_count*/) {
    const std::unique_ptr<Plugin> plugin(static_cast<Plugin*>(userdata));
    for (const auto& [event, function, topic] : callbacks) {
        mosquitto_callback_unregister(plugin->id, event, function, topic);
    }
    return MOSQ_ERR_SUCCESS;
}
