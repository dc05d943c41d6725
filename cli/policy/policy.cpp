#include "cli/options.hpp"
#include "cli/policy/check.hpp"
#include "cli/policy/dynsec_policy.hpp"
#include "cli/setup/installation.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "core/topic.hpp"
#include "plugin/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace holdfast::cli {

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

struct Paths {
    fs::path users;
    fs::path policy;
};

/// The line of the users file that is about the user; 0 for none.
unsigned line_of(std::string_view users, const std::string& user) {
    unsigned number = 0;
    for (const auto line : split(users, '\n')) {
        ++number;
        if (line.starts_with(user + ":") || line.starts_with("#disabled " + user + ":")) {
            return number;
        }
    }
    return 0;
}

int check(const Paths& paths) {
    const auto users_text = read_own_file(paths.users);
    const auto policy_text = read_own_file(paths.policy);
    try {
        const auto findings = check_policy(parse_policy(policy_text, paths.policy.string()),
                                           Users::parse(users_text, paths.users.string()));
        for (const auto& finding : findings) {
            const bool in_policy = finding.file == Finding::File::policy;
            fmt::print("{}:{}: {}\n", (in_policy ? paths.policy : paths.users).string(),
                       in_policy ? finding.line : line_of(users_text, finding.user),
                       finding.reason);
        }
        fmt::print(stderr, "{} finding{}\n", findings.size(), findings.size() == 1 ? "" : "s");
        return findings.empty() ? exit_fine : exit_no;
    } catch (const InputError& error) {
        fmt::print("{}\n", error.what());
        return exit_no;
    }
}

Question::Access parse_access(const std::string& word) {
    if (word == "read") {
        return Question::Access::read;
    }
    if (word == "write") {
        return Question::Access::write;
    }
    if (word == "subscribe") {
        return Question::Access::subscribe;
    }
    throw UsageError(fmt::format("{} is no access; it is read, write or subscribe", quoted(word)));
}

void require_topic(const Question& question) {
    const bool filter = question.access == Question::Access::subscribe;
    const auto fault =
        filter ? topic_filter_fault(question.topic) : topic_name_fault(question.topic);
    if (fault) {
        throw UsageError(fmt::format("{} is no topic{}: {}", quoted(question.topic),
                                     filter ? " filter" : "", *fault));
    }
}

/// `words` are the user, unless anonymous, the access and the topic.
Question question_of(const po::variables_map& values, std::vector<std::string> words) {
    Question question{};
    if (values.count("anonymous") == 0) {
        if (words.empty()) {
            throw UsageError("explain whom? name a user, or say --anonymous");
        }
        question.user = words.front();
        words.erase(words.begin());
    }
    if (words.size() != 2) {
        throw UsageError("say what is asked for: read, write or subscribe, and a topic");
    }
    question.access = parse_access(words[0]);
    question.topic = words[1];
    question.client = values["client"].as<std::string>();
    if (values.count("address") != 0) {
        question.address = values["address"].as<std::string>();
    }
    require_topic(question);
    return question;
}

int print_answer(const Paths& paths, const Explanation& answer) {
    const auto& decision = answer.decision;
    const auto* const verdict = decision.allowed ? "allowed" : "denied";
    if (decision.line == 0) {
        fmt::print("{}: {}\n", verdict, describe(decision.reason));
    } else {
        fmt::print("{}: {}:{}: {}{}\n", verdict, paths.policy.string(), decision.line, answer.text,
                   answer.role.empty() ? "" : fmt::format(" (role {})", answer.role));
    }
    return decision.allowed ? exit_fine : exit_no;
}

int explain_one(const Paths& paths, const Question& question) {
    const auto policy = read_own_file(paths.policy);
    const auto answer = explain(policy, paths.policy.string(), question);
    const auto users = Users::parse(read_own_file(paths.users), paths.users.string());
    if (question.user && users.find(*question.user) == nullptr) {
        fmt::print("denied: {}: '{}' {}\n", paths.users.string(), *question.user,
                   users.is_disabled(*question.user) ? "is disabled" : "is no user");
        return exit_no;
    }
    return print_answer(paths, answer);
}

/// The lines that are about the user, in the order in which they are asked.
std::vector<unsigned> lines_of(const PolicyBlock& block) {
    std::vector<unsigned> lines;
    const auto add = [&lines](const auto& entries) {
        for (const auto& entry : entries) {
            lines.push_back(entry.line);
        }
    };
    const auto add_limit = [&lines](const auto& limit) {
        if (limit) {
            lines.push_back(limit->line);
        }
    };
    add(block.client_ids);
    add(block.networks);
    add_limit(block.limits.publish);
    add_limit(block.limits.payload_bytes);
    add_limit(block.limits.subscriptions);
    add(block.rules);
    std::sort(lines.begin(), lines.end());
    return lines;
}

int list(const Paths& paths, const std::optional<std::string>& user) {
    const auto text = read_own_file(paths.policy);
    const auto file = parse_policy(text, paths.policy.string());
    const auto texts = split(text, '\n');
    std::size_t printed = 0;
    const auto print = [&](const PolicyBlock& block, const std::string& from) {
        for (const auto line : lines_of(block)) {
            fmt::print("{}:{}: {}{}\n", paths.policy.string(), line, trim(texts.at(line - 1)),
                       from);
            ++printed;
        }
    };
    PolicyBlock others;
    others.rules = file.anonymous;
    if (!user) {
        print(others, "");
    } else if (const auto found = file.users.find(*user); found != file.users.end()) {
        print(found->second, "");
        for (const auto& role : found->second.roles) {
            print(file.roles.at(role.value), fmt::format(" (role {})", role.value));
        }
    }
    others.rules = file.patterns;
    print(others, "");
    if (printed == 0) {
        fmt::print(stderr, "no rule is for {}\n", user ? quoted(*user) : "anonymous clients");
    }
    return printed == 0 ? exit_no : exit_fine;
}

int import_dynsec(const Paths& paths, const fs::path& source, bool force) {
    const auto made =
        dynsec::convert(dynsec::parse(read_file(source), source.string()), source.string());
    for (const auto& path : {paths.users, paths.policy}) {
        if (!force && fs::exists(path)) {
            throw Error(fmt::format("{} exists; --force replaces it, --users and --policy name "
                                    "other files",
                                    path.string()));
        }
    }
    write_file(paths.users, made.users, FileMode::group);
    write_file(paths.policy, made.policy, FileMode::group);
    fmt::print("wrote {} and {}\n", paths.users.string(), paths.policy.string());
    for (const auto& difference : made.differences) {
        fmt::print(stderr, "stricter than before: {}\n", difference);
    }
    return made.differences.empty() ? exit_fine : exit_no;
}

Paths paths_of(const po::variables_map& values) {
    const auto path = [&](const char* option) -> fs::path {
        return values.count(option) != 0 ? fs::path(values[option].as<std::string>())
                                         : dir_option(values) / option;
    };
    return {path("users"), path("policy")};
}

int run_action(const po::variables_map& values) {
    auto words = values.count("action") != 0 ? values["action"].as<std::vector<std::string>>()
                                             : std::vector<std::string>();
    const auto action = words.empty() ? std::string() : words.front();
    const auto paths = paths_of(values);
    const bool anonymous = values.count("anonymous") != 0;
    if (!words.empty()) {
        words.erase(words.begin());
    }
    if (action == "explain") {
        return explain_one(paths, question_of(values, words));
    }
    if (action == "check" && words.empty()) {
        return check(paths);
    }
    if (action == "list" && words.size() == (anonymous ? 0U : 1U)) {
        return list(paths, anonymous ? std::nullopt : std::optional(words[0]));
    }
    if (action == "import-dynsec" && words.size() == 1) {
        return import_dynsec(paths, words[0], values.count("force") != 0);
    }
    throw UsageError("say what to do: check, explain USER read|write|subscribe TOPIC, list USER or "
                     "import-dynsec FILE");
}

} // namespace

int run_policy(const Arguments& arguments) {
    po::options_description options("Options");
    add_dir_option(options);
    auto add = options.add_options();
    add("action", po::value<std::vector<std::string>>(),
        "check, explain USER read|write|subscribe TOPIC, list USER, or import-dynsec FILE");
    add("users", po::value<std::string>(), "the users file, if not DIR/users");
    add("policy", po::value<std::string>(), "the policy, if not DIR/policy");
    add("client", po::value<std::string>()->default_value(""), "explain: the client id");
    add("address", po::value<std::string>(), "explain: where the client comes from");
    add("anonymous", "explain, list: a client without a user name");
    add("force", "import-dynsec: replace the files that are there");
    const auto values = parse(
        arguments, options,
        "Looks for mistakes in users and policy (check), says who may do what and which line\n"
        "decides (explain, list), and takes over Mosquitto's dynamic-security (import-dynsec).\n"
        "Exit code 1 where the answer is no: findings, denied, nothing listed, or an import that\n"
        "is stricter than what was there.",
        "holdfast policy explain esp32 --client esp32-1 write sensors/room/temperature",
        {"holdfast policy", po::positional_options_description().add("action", -1)});
    return values ? run_action(*values) : exit_fine;
}

} // namespace holdfast::cli
