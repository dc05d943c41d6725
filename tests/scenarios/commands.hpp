#pragma once

#include "core/atomic_file.hpp"
#include "support/appliance.hpp"
#include "support/typed.hpp"

#include <fmt/format.h>

#include <string>

namespace holdfast::test {

/// `holdfast` with these words, on that appliance.
inline Typed type_holdfast(const Appliance& appliance, const std::string& words,
                           const std::string& input = "") {
    return type(fmt::format("echo '{}' | {} {} --dir {}", input, HOLDFAST, words,
                            appliance.folder().string()));
}

/// `mosquitto_pub` or `mosquitto_sub` as the course's paper has it.
inline std::string course_line(const Appliance& appliance, const std::string& program,
                               const std::string& user, const std::string& words) {
    return fmt::format("exec {} -h localhost -p {} --cafile {} -u {} -P {} {}", program,
                       appliance.local_port(), (appliance.folder() / "certs/ca.crt").string(), user,
                       appliance.password(user), words);
}

} // namespace holdfast::test
