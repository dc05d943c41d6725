#include "cli/policy/dynsec_policy.hpp"

#include "cli/policy/dynsec_rules.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "plugin/policy_file.hpp"
#include "plugin/users.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace holdfast::cli::dynsec {

namespace {

std::string lines_of(const Rules& rules) {
    std::string text;
    for (const auto& filter : rules.denies) {
        text += fmt::format("topic deny {}\n", filter);
    }
    for (const auto& [filter, allow] : rules.allows) {
        const auto* const access = allow.read && allow.write ? "readwrite"
                                   : allow.read              ? "read"
                                                             : "write";
        text += fmt::format("topic {} {}\n", access, filter);
    }
    return text;
}

/// Puts blocks together, and remembers which roles they ask for.
class PolicyWriter {
public:
    PolicyWriter(const Config& config, std::string_view path)
        : config_(config)
        , path_(path) {}

    Conversion convert() {
        const auto anonymous = own_lines(asked_for_anonymous(config_), "clients without a name");
        std::string clients;
        for (const auto& client : config_.clients) {
            clients += block_of(client);
        }
        Conversion result{users(), {}, std::move(differences_)};
        result.policy =
            fmt::format("# Made of {} by 'holdfast policy import-dynsec'.\n", path_) + anonymous;
        for (const auto& role : config_.roles) {
            if (roles_.contains(role.name)) {
                result.policy += fmt::format("\nrole {}\n{}", role.name, lines_of(rules_of(role)));
            }
        }
        result.policy += clients;
        // What this program writes it must be able to read.
        parse_policy(result.policy, "the new policy");
        return result;
    }

private:
    std::string own_lines(const Asked& asked, const std::string& whose) {
        const auto rules = rules_in_order(asked, config_.defaults);
        std::string text;
        for (const auto& difference : rules.differences) {
            differences_.push_back(fmt::format("{}: {}", whose, difference));
            text += fmt::format("# stricter than before: {}\n", difference);
        }
        return text + lines_of(rules);
    }

    std::string block_of(const Client& client) {
        auto text = fmt::format("\nuser {}\n", client.name);
        if (client.client_id) {
            text += fmt::format("clientid {}\n", *client.client_id);
        }
        const auto asked = asked_for(config_, client);
        if (!order_is_free(asked, config_.defaults)) {
            return text + own_lines(asked, client.name);
        }
        for (const auto* role : asked.roles) {
            roles_.insert(role->name);
            text += fmt::format("is {}\n", role->name);
        }
        return text;
    }

    std::string users() const {
        Users users;
        for (const auto& client : config_.clients) {
            if (!client.password) {
                continue;
            }
            try {
                users.set(client.name, *client.password);
            } catch (const Error& error) {
                throw InputError(path_, 0,
                                 fmt::format("client {}: {}", quoted(client.name), error.what()));
            }
            if (client.disabled) {
                users.disable(client.name);
            }
        }
        return users.str();
    }

    const Config& config_;
    std::string_view path_;
    std::set<std::string, std::less<>> roles_;
    std::vector<std::string> differences_;
};

} // namespace

Conversion convert(const Config& config, std::string_view path) {
    return PolicyWriter(config, path).convert();
}

} // namespace holdfast::cli::dynsec
