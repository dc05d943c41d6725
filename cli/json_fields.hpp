#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace holdfast::cli {

// Parts of a status, by JSON pointers (RFC 6901): numbers and texts of the daemon's own. What an
// older or newer one leaves out, or says otherwise, counts as nothing.

std::uint64_t number(const nlohmann::json& object, const char* path);
std::string text(const nlohmann::json& object, const char* path);
bool flag(const nlohmann::json& object, const char* path);
/// Of `object`, and not a copy: loops go over it.
const nlohmann::json& part(const nlohmann::json& object, const char* path);

/// `1.2 MiB`
std::string byte_text(std::uint64_t count);

} // namespace holdfast::cli
