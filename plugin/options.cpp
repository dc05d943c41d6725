#include "plugin/options.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <array>

namespace holdfast {

namespace {

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

void refuse_twice(bool is_set, std::string_view name) {
    if (is_set) {
        throw Error(fmt::format("mosquitto.conf: plugin_opt_{} is there twice; remove one of the "
                                "lines",
                                name));
    }
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

void require(const std::filesystem::path& option, std::string_view name) {
    if (option.empty()) {
        throw Error(
            fmt::format("mosquitto.conf: add a line: plugin_opt_{0} /etc/holdfast/{0}", name));
    }
}

} // namespace

PluginOptions
PluginOptions::parse(std::span<const std::pair<std::string_view, std::string_view>> options) {
    constexpr std::array<std::string_view, 8> known{
        "users", "policy",           "password_file",        "acl_file",
        "crl",   "certificate_user", "certificate_password", "anonymous"};
    PluginOptions parsed;
    std::optional<bool> with_password;
    std::optional<bool> refuse_anonymous;
    for (const auto& [name, value] : options) {
        if (name == "users" || name == "password_file") {
            set_once(parsed.users, name, value);
        } else if (name == "policy" || name == "acl_file") {
            set_once(parsed.policy, name, value);
        } else if (name == "crl") {
            set_once(parsed.crl, name, value);
        } else if (name == "certificate_user") {
            refuse_twice(parsed.certificate_user.has_value(), name);
            parsed.certificate_user = parse_certificate_name(value);
        } else if (name == "certificate_password") {
            refuse_twice(with_password.has_value(), name);
            with_password = parse_with_password(value);
        } else if (name == "anonymous") {
            refuse_twice(refuse_anonymous.has_value(), name);
            refuse_anonymous = parse_anonymous(value);
        } else {
            const auto meant = nearest(name, known).value_or("users or plugin_opt_policy");
            throw Error(fmt::format("mosquitto.conf: unknown option plugin_opt_{}; did you mean "
                                    "plugin_opt_{}?",
                                    name, meant));
        }
    }
    if (with_password && !parsed.certificate_user) {
        throw Error("mosquitto.conf: plugin_opt_certificate_password needs a line like: "
                    "plugin_opt_certificate_user cn");
    }
    parsed.certificate_needs_password = with_password.value_or(false);
    parsed.refuse_anonymous = refuse_anonymous.value_or(false);
    require(parsed.users, "users");
    require(parsed.policy, "policy");
    return parsed;
}

} // namespace holdfast
