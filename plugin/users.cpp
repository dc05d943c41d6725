#include "plugin/users.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace holdfast {

namespace {

constexpr std::string_view disabled_mark = "#disabled ";

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

/// One line of the file that is about a user.
struct Entry {
    bool disabled;
    std::string_view name;
    std::string_view hash;
};

/// Nothing for a blank line or a comment. Throws Error for what is neither.
std::optional<Entry> parse_line(std::string_view raw) {
    auto text = trim(raw);
    // A comment that begins with this word and has no hash is just a comment.
    const bool disabled =
        raw.starts_with(disabled_mark) && text.find(":$") != std::string_view::npos;
    if (text.empty() || (raw.front() == '#' && !disabled)) {
        return std::nullopt;
    }
    if (disabled) {
        text.remove_prefix(disabled_mark.size());
    }
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) {
        throw Error("there is no colon; a line reads name:hash");
    }
    return Entry{disabled, trim(text.substr(0, colon)), trim(text.substr(colon + 1))};
}

} // namespace

Users Users::parse(std::string_view text, std::string_view path) {
    Users users;
    unsigned line = 0;
    for (const auto raw : split(text, '\n')) {
        ++line;
        try {
            const auto entry = parse_line(raw);
            if (!entry) {
                continue;
            }
            if (const auto fault = name_fault(entry->name)) {
                throw Error(std::string(*fault));
            }
            if (users.has(entry->name)) {
                throw Error(
                    fmt::format("'{}' is here twice; remove one of the lines", entry->name));
            }
            auto& hashes = entry->disabled ? users.disabled_ : users.hashes_;
            hashes.emplace(entry->name, parse_hash(entry->name, entry->hash));
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
    auto& hashes = is_disabled(name) ? disabled_ : hashes_;
    hashes.insert_or_assign(std::string(name), std::move(hash));
}

bool Users::remove(std::string_view name) {
    for (auto* hashes : {&hashes_, &disabled_}) {
        if (const auto found = hashes->find(name); found != hashes->end()) {
            hashes->erase(found);
            return true;
        }
    }
    return false;
}

bool Users::disable(std::string_view name) {
    return move(name, hashes_, disabled_);
}

bool Users::enable(std::string_view name) {
    return move(name, disabled_, hashes_);
}

bool Users::move(std::string_view name, Hashes& from, Hashes& to) {
    const auto found = from.find(name);
    return found != from.end() && to.insert(from.extract(found)).inserted;
}

std::string Users::str() const {
    std::string text;
    for (const auto& [name, hash] : hashes_) {
        text += fmt::format("{}:{}\n", name, hash.str());
    }
    for (const auto& [name, hash] : disabled_) {
        text += fmt::format("{}{}:{}\n", disabled_mark, name, hash.str());
    }
    return text;
}

} // namespace holdfast
