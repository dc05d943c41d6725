#include "plugin/users.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace holdfast {

namespace {

std::optional<std::string_view> name_fault(std::string_view name) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; };
    if (name.empty()) {
        return "the user name is empty";
    }
    if (name.front() == '#' || name.find(':') != std::string_view::npos) {
        return "a user name cannot begin with # or hold a colon";
    }
    if (trim(name) != name || std::any_of(name.begin(), name.end(), is_control)) {
        return "a user name cannot hold control characters or have blanks at its ends";
    }
    if (!is_utf8(name) || name.size() > 65'535) {
        return "a user name must be UTF-8 of at most 65535 bytes";
    }
    return std::nullopt;
}

PasswordHash parse_hash(std::string_view name, std::string_view text) {
    if (text.empty()) {
        throw Error(fmt::format("'{0}' has no password; run holdfast user passwd {0}", name));
    }
    if (text.front() != '$') {
        throw Error(
            fmt::format("'{0}' has a plaintext password; run holdfast user passwd {0}", name));
    }
    try {
        return PasswordHash::parse(text);
    } catch (const Error& error) {
        throw Error(fmt::format("'{0}' has an unreadable password hash ({1}); run holdfast user "
                                "passwd {0}",
                                name, error.what()));
    }
}

} // namespace

Users Users::parse(std::string_view text, std::string_view path) {
    Users users;
    unsigned line = 0;
    for (const auto raw : split(text, '\n')) {
        ++line;
        const auto entry = trim(raw);
        if (entry.empty() || raw.front() == '#') {
            continue;
        }
        const auto colon = entry.find(':');
        if (colon == std::string_view::npos) {
            throw InputError(path, line, "there is no colon; a line reads name:hash");
        }
        const auto name = trim(entry.substr(0, colon));
        if (users.find(name) != nullptr) {
            throw InputError(path, line,
                             fmt::format("'{}' is here twice; remove one of the lines", name));
        }
        try {
            if (const auto fault = name_fault(name)) {
                throw Error(std::string(*fault));
            }
            users.set(name, parse_hash(name, trim(entry.substr(colon + 1))));
        } catch (const Error& error) {
            throw InputError(path, line, error.what());
        }
    }
    return users;
}

const PasswordHash* Users::find(std::string_view name) const noexcept {
    const auto found = hashes_.find(name);
    return found == hashes_.end() ? nullptr : &found->second;
}

void Users::set(std::string_view name, PasswordHash hash) {
    if (const auto fault = name_fault(name)) {
        throw Error(std::string(*fault));
    }
    hashes_.insert_or_assign(std::string(name), std::move(hash));
}

bool Users::remove(std::string_view name) {
    const auto found = hashes_.find(name);
    if (found == hashes_.end()) {
        return false;
    }
    hashes_.erase(found);
    return true;
}

std::string Users::str() const {
    std::string text;
    for (const auto& [name, hash] : hashes_) {
        text += fmt::format("{}:{}\n", name, hash.str());
    }
    return text;
}

} // namespace holdfast
