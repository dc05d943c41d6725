#include "config/settings.hpp"

#include "config/template_settings.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <utility>

namespace holdfast::config {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 11> section_kinds{
    "site",   "broker",      "cloud",  "spool", "uplink",  "sensor",
    "device", "instruction", "output", "alarm", "template"};
constexpr auto unnamed_kinds = std::span(section_kinds).first<5>();

bool is_named(std::string_view kind) {
    return std::find(unnamed_kinds.begin(), unnamed_kinds.end(), kind) == unnamed_kinds.end();
}

/// Puts the settings of one file together from what is read of each section.
class Loader {
public:
    Loader(const fs::path& path, std::vector<Section> sections)
        : folder_(path.parent_path())
        , path_(path.string())
        , sections_(std::move(sections)) {}

    Settings load() {
        Settings settings;
        check_titles();
        settings.site = read_site(unnamed("site"));
        settings.broker = read_broker(unnamed("broker"));
        settings.cloud = read_cloud(unnamed("cloud"), settings.site.name, folder_);
        settings.spool = read_spool(unnamed("spool"), folder_);
        const auto& profile = settings.cloud ? *settings.cloud->profile : mosquitto_profile();
        settings.uplink = read_uplink(unnamed("uplink"), profile);
        for (const auto& section : sections_) {
            if (section.kind == "sensor") {
                settings.sensors.push_back(
                    read_sensor(section, settings.uplink.format, settings.site.name, profile));
            } else if (section.kind == "device") {
                settings.devices.push_back(read_device(section));
            }
        }
        control(settings);
        settings.sections = std::move(sections_);
        check_overlaps(settings);
        return settings;
    }

private:
    std::set<std::string> names_of(std::string_view kind) const {
        std::set<std::string> names;
        for (const auto& section : sections_) {
            if (section.kind == kind) {
                names.insert(section.name);
            }
        }
        return names;
    }

    /// These name sensors and outputs, which may stand anywhere in the file.
    void control(Settings& settings) const {
        const auto sensors = names_of("sensor");
        const auto outputs = names_of("output");
        for (const auto& section : sections_) {
            if (section.kind == "instruction") {
                settings.instructions.push_back(read_instruction(section, sensors));
            } else if (section.kind == "output") {
                settings.outputs.push_back(read_output(section));
            } else if (section.kind == "alarm") {
                settings.alarms.push_back(read_alarm(section, outputs));
            }
        }
    }

    void check_titles() const {
        for (const auto& section : sections_) {
            if (std::find(section_kinds.begin(), section_kinds.end(), section.kind) ==
                section_kinds.end()) {
                const auto meant = nearest(section.kind, section_kinds);
                throw InputError(section.where, 0,
                                 fmt::format("unknown section [{}]; {}", section.kind,
                                             meant ? fmt::format("did you mean [{}]?", *meant)
                                                   : fmt::format("there are: {}",
                                                                 fmt::join(section_kinds, ", "))));
            }
            if (is_named(section.kind) && section.name.empty()) {
                throw InputError(section.where, 0,
                                 fmt::format("[{0}] needs a name, as in [{0} room]", section.kind));
            }
            if (!is_named(section.kind) && !section.name.empty()) {
                throw InputError(section.where, 0, fmt::format("[{}] takes no name", section.kind));
            }
        }
    }

    /// The section of that kind, or an empty one.
    Section unnamed(std::string_view kind) const {
        const auto found = std::find_if(sections_.begin(), sections_.end(),
                                        [&](const auto& section) { return section.kind == kind; });
        return found == sections_.end() ? Section{std::string(kind), "", path_, {}} : *found;
    }

    /// What the daemon itself sends up must not be captured and sent a second time.
    static void check_overlap(const DeviceSettings& device, std::string_view kind,
                              const std::string& name, const TopicName& topic) {
        if (device.topic.matches(topic)) {
            throw InputError(device.where, 0,
                             fmt::format("'{}' would capture [{} {}] on '{}' a second time: choose "
                                         "other topics",
                                         device.topic.str(), kind, name, topic.str()));
        }
    }

    static void check_overlaps(const Settings& settings) {
        const auto messages = templates(settings);
        for (const auto& device : settings.devices) {
            for (const auto& sensor : settings.sensors) {
                check_overlap(device, "sensor", sensor.name, sensor.topic);
            }
            for (const auto& alarm : settings.alarms) {
                check_overlap(device, "alarm", alarm.name, alarm.topic);
            }
            for (const auto& message : messages) {
                check_overlap(device, "template", message.name, message.topic);
            }
        }
    }

    fs::path folder_;
    std::string path_;
    std::vector<Section> sections_;
};

} // namespace

Settings parse_settings(std::string_view text, const fs::path& path,
                        const Environment& environment) {
    if (trim(text).empty()) {
        throw InputError(path.string(), 0, "the file is empty; 'holdfast init' writes a new one");
    }
    auto sections = parse_ini(text, path.string());
    apply_environment(environment, sections, unnamed_kinds);
    return Loader(path, std::move(sections)).load();
}

Settings load_settings(const fs::path& path) {
    if (!fs::exists(path)) {
        throw InputError(path.string(), 0,
                         "there is no such file; 'holdfast init --site NAME' makes one");
    }
    return parse_settings(read_file(path), path, process_environment());
}

} // namespace holdfast::config
