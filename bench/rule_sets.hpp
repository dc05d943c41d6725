#pragma once

#include <filesystem>
#include <string>

namespace holdfast::bench {

/// The user of all measurements and the password, for which every users file has a quick hash.
inline const std::string user = "user";
inline const std::string password = "password";

/// The topic of the last of `count` rules.
std::string topic_of(unsigned count);

/// Each writes its files into the folder, with `count` rules for the user, none of which covers
/// another, and answers the lines for mosquitto.conf.
std::string with_holdfast(const std::filesystem::path& folder, unsigned count);
std::string with_acl_file(const std::filesystem::path& folder, unsigned count);
std::string with_dynsec(const std::filesystem::path& folder, unsigned count);
/// No rules and no passwords: no plugin, and the one that says yes.
std::string with_nothing();
std::string with_yes();

} // namespace holdfast::bench
