#pragma once

#include "plugin/policy.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

/// What a person asks about the policy.
struct Question {
    enum class Access { read, write, subscribe };

    std::optional<std::string> user; ///< nothing: an anonymous client
    std::string client;
    std::optional<std::string> address; ///< nothing: `from` lines are left out of account
    Access access;
    std::string topic; ///< a filter for subscribe
};

/// The plugin's answer and what it rests on.
struct Explanation {
    Decision decision;
    std::string text; ///< of the line that decided, without its blanks; empty where none did
    std::string role; ///< whose line it is, where it is a role's
};

/// Answers as the plugin would to this client: first whether it may log in at all, as far as
/// `clientid` and `from` lines say, then about the topic. Throws InputError(`path`, line) for a
/// policy that is not valid.
Explanation explain(std::string_view policy, std::string_view path, const Question& question);

} // namespace holdfast
