#include "cli/options.hpp"
#include "cli/prompt.hpp"
#include "cli/setup/installation.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/identities.hpp"
#include "core/text.hpp"
#include "plugin/password_hash.hpp"
#include "plugin/users.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

std::string ask_password(const std::string& user) {
    return ask_new_secret(fmt::format("password for {}: ", user), "the password");
}

void require(bool known, bool wanted, const std::string& user) {
    if (known && !wanted) {
        throw Error(fmt::format("there is a user '{0}' already; 'holdfast user passwd {0}' changes "
                                "the password",
                                user));
    }
    if (!known && wanted) {
        throw Error(
            fmt::format("there is no user '{0}'; 'holdfast user list' shows who there is", user));
    }
}

struct Action {
    std::string_view name;
    bool user_exists; ///< whether there must be such a user, or must not
    std::string_view done;
    void (*apply)(Users& users, const std::string& user);
    bool mends = false;     ///< whether it needs nothing of what stood there
    bool shuts_out = false; ///< whether that user cannot log in any more
};

void set_password(Users& users, const std::string& user) {
    users.set(user, PasswordHash::make(ask_password(user)));
}

constexpr std::array actions{
    Action{"add", false, "has a password", set_password},
    Action{"passwd", true, "has a new password", set_password, true},
    Action{"remove", true, "is removed",
           [](Users& users, const std::string& user) { users.remove(user); }, true, true},
    Action{"disable", true, "may not log in, and keeps the password",
           [](Users& users, const std::string& user) { users.disable(user); }, false, true},
    Action{"enable", true, "may log in",
           [](Users& users, const std::string& user) { users.enable(user); }},
};

/// The user's own line, as it stands in `text`, if it is one that no users file may have.
std::optional<std::string_view> faulty_line(std::string_view text, std::string_view user) {
    for (const auto line : split(text, '\n')) {
        if (trim(line.substr(0, line.find(':'))) != user) {
            continue;
        }
        try {
            Users::parse(line, "");
        } catch (const Error&) {
            return line;
        }
    }
    return std::nullopt;
}

/// A plaintext password keeps the whole file from being read, other users' too: only the one line
/// is replaced.
int mend(const Action& action, const std::string& user, const std::filesystem::path& file,
         const std::string& text, std::string_view line) {
    Users mended;
    action.apply(mended, user);
    const auto from = static_cast<std::size_t>(line.data() - text.data());
    const auto next = std::min(from + line.size() + 1, text.size());
    write_file(file, text.substr(0, from) + mended.str() + text.substr(next), FileMode::group);
    fmt::print("{} {}\n", user, action.done);
    Users::parse(read_file(file), file.string()); // says what else there is to mend
    return exit_fine;
}

/// The file with which the daemon itself logs in, if it does so as that user.
std::optional<std::filesystem::path> daemons_password(const std::string& user,
                                                      const std::filesystem::path& users_file) {
    auto file = users_file.parent_path() / "edge.password";
    return user == identities::edge_user && std::filesystem::exists(file) ? std::optional(file)
                                                                          : std::nullopt;
}

int change(const Action& action, const std::string& user, const std::filesystem::path& file) {
    const auto daemons = daemons_password(user, file);
    if (daemons && action.shuts_out) {
        throw Error(
            fmt::format("{0} is the daemon, which could do nothing any more; a new password "
                        "('holdfast user passwd {0}') shuts out whoever has the old one",
                        user));
    }
    const auto text = read_own_file(file);
    if (const auto line = faulty_line(text, user); line && action.mends) {
        return mend(action, user, file, text, *line);
    }
    auto users = Users::parse(text, file.string());
    require(users.has(user), action.user_exists, user);
    action.apply(users, user);
    write_file(file, users.str(), FileMode::group);
    fmt::print("{} {}: in force within 2 s\n", user, action.done);
    if (daemons) {
        fmt::print("the daemon logs in with {}: write the same password there, and restart it\n",
                   daemons->string());
    }
    return exit_fine;
}

int list(const std::filesystem::path& file) {
    const auto users = Users::parse(read_own_file(file), file.string());
    for (const auto& [name, hash] : users.all()) {
        fmt::print("{}\n", name);
    }
    for (const auto& [name, hash] : users.disabled()) {
        fmt::print("{} (disabled)\n", name);
    }
    return exit_fine;
}

} // namespace

int run_user(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("action", po::value<std::string>(),
                          "add, passwd, remove, disable, enable or list");
    options.add_options()("name", po::value<std::string>(), "the user");
    options.add_options()("users", po::value<std::string>(), "the users file, if not DIR/users");
    const auto values = parse(
        arguments, options,
        "Says who may log in to the local broker. Passwords come from a prompt "
        "or a line of\nstandard input. What a user may do stands in the policy.",
        "holdfast user add esp32",
        {"holdfast user", po::positional_options_description().add("action", 1).add("name", 1)});
    if (!values) {
        return exit_fine;
    }
    const auto word = values->count("action") != 0 ? (*values)["action"].as<std::string>() : "";
    const auto file = values->count("users") != 0
                          ? std::filesystem::path((*values)["users"].as<std::string>())
                          : dir_option(*values) / "users";
    const bool named = values->count("name") != 0;
    if (word == "list" && !named) {
        return list(file);
    }
    const auto action = std::find_if(actions.begin(), actions.end(),
                                     [&word](const Action& known) { return known.name == word; });
    if (action == actions.end()) {
        throw UsageError("say what to do: add, passwd, remove, disable or enable NAME, or list");
    }
    if (!named) {
        throw UsageError(fmt::format("{} whom?", word));
    }
    return change(*action, (*values)["name"].as<std::string>(), file);
}

} // namespace holdfast::cli
