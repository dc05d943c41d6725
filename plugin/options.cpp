#include "plugin/options.hpp"

#include "config/quantity.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace holdfast {

namespace {

constexpr std::chrono::seconds least_watchdog{1};

void set_once(std::filesystem::path& option, std::string_view name, std::string_view value) {
    if (!option.empty()) {
        throw Error(fmt::format("mosquitto.conf: plugin_opt_{} sets again what is already set to "
                                "{}; remove one of the lines",
                                name, option.string()));
    }
    if (value.empty()) {
        throw Error(fmt::format("mosquitto.conf: plugin_opt_{} has no value; give a path", name));
    }
    option = value;
}

CertificateName parse_certificate_name(std::string_view value) {
    constexpr std::array<std::pair<std::string_view, CertificateName>, 4> names{{
        {"cn", CertificateName::common_name},
        {"dns", CertificateName::dns},
        {"email", CertificateName::email},
        {"uri", CertificateName::uri},
    }};
    for (const auto& [text, name] : names) {
        if (text == value) {
            return name;
        }
    }
    throw Error(fmt::format("mosquitto.conf: plugin_opt_certificate_user is cn, dns, email or uri, "
                            "not {}",
                            quoted(value)));
}

bool parse_with_password(std::string_view value) {
    if (value != "true" && value != "false") {
        throw Error(fmt::format("mosquitto.conf: plugin_opt_certificate_password is true or false, "
                                "not {}",
                                quoted(value)));
    }
    return value == "true";
}

bool parse_anonymous(std::string_view value) {
    if (value != "refuse" && value != "broker") {
        throw Error(fmt::format("mosquitto.conf: plugin_opt_anonymous is refuse or broker, not {}",
                                quoted(value)));
    }
    return value == "refuse";
}

std::chrono::milliseconds parse_watchdog(std::string_view value) {
    const auto limit = [&] {
        try {
            return config::parse_duration(value);
        } catch (const Error& error) {
            throw Error(
                fmt::format("mosquitto.conf: plugin_opt_watchdog {}: {}", value, error.what()));
        }
    }();
    if (limit < least_watchdog) {
        throw Error(fmt::format("mosquitto.conf: plugin_opt_watchdog is at least {} s, not {}",
                                least_watchdog.count(), quoted(value)));
    }
    return limit;
}

/// What is set so far, and whether it is.
struct Parsed {
    PluginOptions options;
    std::optional<bool> with_password;
    std::optional<bool> refuse_anonymous;
};

template <typename Value>
void set_once(std::optional<Value>& option, std::string_view name, Value value) {
    if (option) {
        throw Error(fmt::format("mosquitto.conf: plugin_opt_{} is there twice; remove one of the "
                                "lines",
                                name));
    }
    option = value;
}

using Text = std::string_view;

struct Option {
    Text name;
    void (*set)(Parsed& parsed, Text name, Text value);
};

template <std::filesystem::path PluginOptions::*path>
void set_path(Parsed& parsed, Text name, Text value) {
    set_once(parsed.options.*path, name, value);
}

constexpr std::array<Option, 10> table{{
    {"users", set_path<&PluginOptions::users>},
    {"password_file", set_path<&PluginOptions::users>},
    {"policy", set_path<&PluginOptions::policy>},
    {"acl_file", set_path<&PluginOptions::policy>},
    {"crl", set_path<&PluginOptions::crl>},
    {"login_memory", set_path<&PluginOptions::login_memory>},
    {"certificate_user",
     [](Parsed& parsed, Text name, Text value) {
         set_once(parsed.options.certificate_user, name, parse_certificate_name(value));
     }},
    {"certificate_password",
     [](Parsed& parsed, Text name, Text value) {
         set_once(parsed.with_password, name, parse_with_password(value));
     }},
    {"anonymous",
     [](Parsed& parsed, Text name, Text value) {
         set_once(parsed.refuse_anonymous, name, parse_anonymous(value));
     }},
    {"watchdog",
     [](Parsed& parsed, Text name, Text value) {
         set_once(parsed.options.watchdog, name, parse_watchdog(value));
     }},
}};

const Option& option_named(Text name) {
    const auto* const found = std::find_if(
        table.begin(), table.end(), [&](const Option& option) { return option.name == name; });
    if (found == table.end()) {
        std::array<Text, table.size()> names;
        std::transform(table.begin(), table.end(), names.begin(),
                       [](const Option& option) { return option.name; });
        throw Error(fmt::format("mosquitto.conf: unknown option plugin_opt_{}; did you mean "
                                "plugin_opt_{}?",
                                name, nearest(name, names).value_or("users or plugin_opt_policy")));
    }
    return *found;
}

void require(const std::filesystem::path& option, std::string_view name) {
    if (option.empty()) {
        throw Error(
            fmt::format("mosquitto.conf: add a line: plugin_opt_{0} /etc/holdfast/{0}", name));
    }
}

} // namespace

PluginOptions
PluginOptions::parse(std::span<const std::pair<std::string_view, std::string_view>> given) {
    Parsed parsed;
    for (const auto& [name, value] : given) {
        option_named(name).set(parsed, name, value);
    }
    auto& options = parsed.options;
    if (parsed.with_password && !options.certificate_user) {
        throw Error("mosquitto.conf: plugin_opt_certificate_password needs a line like: "
                    "plugin_opt_certificate_user cn");
    }
    options.certificate_needs_password = parsed.with_password.value_or(false);
    options.refuse_anonymous = parsed.refuse_anonymous.value_or(false);
    require(options.users, "users");
    require(options.policy, "policy");
    return std::move(parsed.options);
}

} // namespace holdfast
