#pragma once

#include "plugin/certificate.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace holdfast {

/// What the plugin_opt_ lines of mosquitto.conf say.
struct PluginOptions {
    std::filesystem::path users;
    std::filesystem::path policy;
    /// Which name of a client's certificate is its user; nothing: certificates name nobody.
    std::optional<CertificateName> certificate_user = {};
    bool certificate_needs_password = false;
    std::filesystem::path crl = {}; ///< of client certificates; may be missing
    /// Who gives neither user name nor certificate is refused, and that is told; else the broker's
    /// allow_anonymous decides in silence.
    bool refuse_anonymous = false;
    /// In memory that outlives the broker; empty: verified logins are forgotten with it.
    std::filesystem::path login_memory = {};
    /// After how long a standstill of the broker's loop systemd is to start the broker again.
    std::optional<std::chrono::milliseconds> watchdog = {};

    /// `users` and `policy`, also by Mosquitto's names `password_file` and `acl_file`, and for
    /// certificates `certificate_user`, `certificate_password` and `crl`; `anonymous`,
    /// `login_memory` and `watchdog` (docs/plugin.md). Throws Error for an unknown option or value,
    /// one given twice, and one that is missing.
    static PluginOptions
    parse(std::span<const std::pair<std::string_view, std::string_view>> given);
};

} // namespace holdfast
