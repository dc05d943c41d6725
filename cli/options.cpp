#include "cli/options.hpp"

#include "cli/setup/installation.hpp"
#include "config/quantity.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <vector>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

/// HOLDFAST_DIR gives --dir; variables that belong to settings are not options and pass by.
std::string option_of(const std::string& variable, const po::options_description& options) {
    constexpr std::string_view prefix = "HOLDFAST_";
    if (variable.rfind(prefix, 0) != 0) {
        return {};
    }
    std::string name = variable.substr(prefix.size());
    for (char& c : name) {
        c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return options.find_nothrow(name, false) == nullptr ? std::string() : name;
}

constexpr std::size_t page_width = 80;

/// In lines of at most that many characters, where it has blanks; those after the first indented.
std::string folded(std::string_view text, std::size_t indent) {
    std::string page;
    std::size_t column = indent;
    for (const auto word : split(text, ' ')) {
        if (column + 1 + word.size() > page_width && column > indent) {
            page += "\n" + std::string(indent, ' ');
            column = indent;
        } else if (column > indent) {
            page += ' ';
            ++column;
        }
        page += word;
        column += word.size();
    }
    return page;
}

std::string upper(std::string text) {
    for (char& c : text) {
        c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return text;
}

/// The names of the words in their order, each once.
std::vector<std::string> names_of(const Words& words) {
    std::vector<std::string> names;
    for (unsigned i = 0; i < words.names.max_total_count(); ++i) {
        const auto& name = words.names.name_for_position(i);
        if (!names.empty() && names.back() == name) {
            break; // it takes all that come
        }
        names.push_back(name);
    }
    return names;
}

void print_words(const po::options_description& options, const Words& words) {
    const auto names = names_of(words);
    constexpr std::size_t column = 13;
    fmt::print("Words:\n");
    for (const auto& name : names) {
        fmt::print("  {:<{}}{}\n", upper(name), column - 2,
                   folded(options.find(name, false).description(), column));
    }
    fmt::print("\n");
}

/// Those that are options by name; a person says the others as words.
po::options_description without(const po::options_description& options, const Words& words) {
    const auto names = names_of(words);
    po::options_description rest("Options");
    for (const auto& option : options.options()) {
        if (std::find(names.begin(), names.end(), option->long_name()) == names.end()) {
            rest.add(option);
        }
    }
    return rest;
}

void print_help(const po::options_description& options, const Words& words, std::string_view about,
                std::string_view example) {
    fmt::print("{}\n\n", about);
    if (!words.command.empty()) {
        std::string names;
        for (const auto& name : names_of(words)) {
            names += " " + upper(name);
        }
        const bool more = words.names.max_total_count() > names_of(words).size();
        fmt::print("  {}{}{} [OPTIONS]\n", words.command, names, more ? "..." : "");
    }
    fmt::print("  {}\n\n", example);
    if (!words.command.empty()) {
        print_words(options, words);
    }
    std::cout << without(options, words);
}

} // namespace

std::optional<po::variables_map> parse(const Arguments& arguments,
                                       const po::options_description& options,
                                       std::string_view about, std::string_view example,
                                       const Words& words) {
    auto all = options;
    all.add_options()("help,h", "print this");
    po::variables_map values;
    po::store(po::command_line_parser(arguments).options(all).positional(words.names).run(),
              values);
    if (values.count("help") != 0) {
        print_help(all, words, about, example);
        return std::nullopt;
    }
    po::store(po::parse_environment(
                  all, [&](const std::string& variable) { return option_of(variable, all); }),
              values);
    po::notify(values);
    return values;
}

void add_dir_option(po::options_description& options) {
    options.add_options()("dir", po::value<std::string>()->default_value(installed_folder.string()),
                          "the appliance's folder");
}

std::filesystem::path dir_option(const po::variables_map& values) {
    return std::filesystem::absolute(values["dir"].as<std::string>()).lexically_normal();
}

void add_state_option(po::options_description& options) {
    options.add_options()("state", po::value<std::string>(),
                          "where the broker keeps its state, if not where it does already, or in "
                          "/var/lib/mosquitto");
}

BrokerSeat broker_seat_option(const po::variables_map& values,
                              const std::filesystem::path& folder) {
    auto seat = broker_seat(folder);
    if (values.count("state") != 0) {
        seat.state = values["state"].as<std::string>();
    }
    return seat;
}

void add_outage_option(po::options_description& options, const std::string& otherwise) {
    options.add_options()("outage", po::value<std::string>()->default_value(otherwise),
                          "how long the way to the cloud is cut, in seconds or with a unit");
}

std::chrono::seconds outage_option(const po::variables_map& values) {
    const auto& text = values["outage"].as<std::string>();
    const bool bare = text.find_first_not_of("0123456789") == std::string::npos;
    try {
        const auto outage = std::chrono::duration_cast<std::chrono::seconds>(
            config::parse_duration(bare ? text + "s" : text));
        if (outage >= std::chrono::seconds(5) && outage <= std::chrono::hours(24)) {
            return outage;
        }
    } catch (const Error&) {
        // Answered below, in the words of this option.
    }
    throw UsageError("--outage takes 5s to 24h");
}

} // namespace holdfast::cli
