// The keys that the documentation lists are the keys that the settings know.
#include "config/settings.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

using namespace holdfast;

namespace {

using Keys = std::set<std::string>;

/// `a`, `b` in a table's first cell.
Keys quoted_words(std::string_view cell) {
    Keys words;
    const auto parts = split(cell, '`');
    for (std::size_t i = 1; i < parts.size(); i += 2) {
        words.emplace(parts[i]);
    }
    return words;
}

/// By section, from the tables below headings like "## [spool]" and "## [sensor NAME]".
std::map<std::string, Keys> documented(const std::string& file) {
    std::map<std::string, Keys> all;
    std::string section;
    bool table = false;
    const auto text = read_file(std::filesystem::path(HOLDFAST_DOCS) / file);
    for (const auto line : split(text, '\n')) {
        if (line.starts_with("#")) {
            const auto named = line.find('[');
            section = line.starts_with("## [")
                          ? std::string(
                                line.substr(named + 1, line.find_first_of(" ]", named) - named - 1))
                          : "";
        }
        table = line.starts_with("| key |") || (table && line.starts_with("|"));
        if (table && !section.empty()) {
            all[section].merge(quoted_words(split(line, '|')[1]));
        }
    }
    return all;
}

/// The words before the equals signs.
Keys keys_of(const std::string& entries) {
    Keys keys;
    for (const auto line : split(entries, '\n')) {
        if (!line.empty()) {
            keys.emplace(trim(line.substr(0, line.find('='))));
        }
    }
    return keys;
}

/// What has to stand beside a section before its keys are looked at.
const std::map<std::string, std::string> required{
    {"site", "name = x\n"},
    {"cloud", "address = cloud.example\n"},
    {"device", "topic = devices/#\n"},
    {"instruction", "sensors = there\n"},
    {"alarm", "when = there > 1\n"},
};

std::string fault_of(const std::string& section, const std::string& more) {
    const bool named = section == "device" || section == "instruction" || section == "alarm";
    const auto needed = required.find(section);
    const auto text =
        fmt::format("{}[sensor there]\ndriver = sim\n[{}{}]\n{}{}",
                    section == "site" ? "" : "[site]\nname = x\n", section, named ? " mine" : "",
                    needed == required.end() ? "" : needed->second, more);
    try {
        config::parse_settings(text, "holdfast.conf");
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

/// From what an unknown key is answered with.
Keys known(const std::string& section) {
    const auto fault = fault_of(section, "zzzzzzzzzzzzzzzzzzzz = 1\n");
    const std::string label = "it knows: ";
    const auto at = fault.find(label);
    INFO(fault);
    REQUIRE(at != std::string::npos);
    Keys keys;
    const auto list = fault.substr(at + label.size());
    for (const auto key : split(list, ',')) {
        keys.emplace(trim(key));
    }
    return keys;
}

} // namespace

TEST_CASE("the documentation lists the keys of each section and no others") {
    auto all = documented("configuration.md");
    all.merge(documented("sensors.md"));
    for (const auto* section :
         {"site", "broker", "cloud", "spool", "uplink", "device", "instruction", "alarm"}) {
        CAPTURE(section);
        CHECK(all[section] == known(section));
    }
}

TEST_CASE("the documented keys of sensors and outputs are taken and not left to their drivers") {
    const std::string sensor = "driver = sim\nevery = 1s\ntopic = room/t\nunit = Cel\nscale = 2\n"
                               "offset = 1\nmin = 0\nmax = 9\nmedian = 3\nmean = yes\n"
                               "sample_every = 1s\ndeadband = 1\nheartbeat = 9s\nformat = scalar\n"
                               "up = yes\npriority = yes\n";
    const std::string output =
        "driver = gpio\ntopic = lamp\nsafe = off\ncontroller_timeout = 1min\n";
    const auto settings = config::parse_settings(
        fmt::format("[site]\nname = x\n[sensor s]\n{}[output o]\n{}", sensor, output), "conf");
    CHECK(settings.sensors.at(0).driver_keys.entries.empty());
    CHECK(settings.outputs.at(0).driver_keys.entries.empty());
    auto documented_keys = documented("sensors.md");
    CHECK(documented_keys["sensor"] == keys_of(sensor));
    CHECK(documented_keys["output"] == keys_of(output));
}
