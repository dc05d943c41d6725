#include "config/settings.hpp"

#include "config/quantity.hpp"
#include "config/section_reader.hpp"
#include "config/template_settings.hpp"
#include "config/topic_rules.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>

namespace holdfast::config {

namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;
namespace fs = std::filesystem;

constexpr std::array<std::string_view, 11> section_kinds{
    "site",   "broker",      "cloud",  "spool", "uplink",  "sensor",
    "device", "instruction", "output", "alarm", "template"};
constexpr auto unnamed_kinds = std::span(section_kinds).first<5>();

constexpr std::uint64_t least_spool_bytes = std::uint64_t{8} << 20U;
constexpr std::uint64_t largest_batch = 1024 * 1024;

/// As the resolver sees it: what it takes as a number is no name.
bool is_ip_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

bool is_named(std::string_view kind) {
    return std::find(unnamed_kinds.begin(), unnamed_kinds.end(), kind) == unnamed_kinds.end();
}

/// Reads the sections of one file into settings; each method reads one kind of section.
class Loader {
public:
    Loader(const fs::path& path, std::vector<Section> sections)
        : folder_(path.parent_path())
        , path_(path.string())
        , sections_(std::move(sections)) {}

    Settings load() {
        Settings settings;
        check_titles();
        settings.site = site();
        settings.broker = broker();
        settings.cloud = cloud(settings.site);
        settings.spool = spool();
        const auto& profile = settings.cloud ? *settings.cloud->profile : mosquitto_profile();
        settings.uplink = uplink(profile);
        for (const auto& section : sections_) {
            if (section.kind == "sensor") {
                settings.sensors.push_back(sensor(section, settings.uplink.format));
                check_topic(section, settings.sensors.back(), settings.site, profile);
            } else if (section.kind == "device") {
                settings.devices.push_back(device(section));
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

    fs::path file(const std::string& text) const { return folder_ / text; }

    SiteSettings site() const {
        const auto section = unnamed("site");
        SectionReader keys(section);
        auto name = keys.required("name");
        if (const auto fault = site_name_fault(name)) {
            keys.refuse("name", *fault);
        }
        keys.finish();
        return {std::move(name)};
    }

    BrokerSettings broker() const {
        const auto section = unnamed("broker");
        SectionReader keys(section);
        BrokerSettings settings;
        if (const auto listen = keys.text("listen")) {
            const auto colon = listen->rfind(':');
            if (colon != std::string::npos) {
                settings.address = listen->substr(0, colon);
            }
            settings.port = keys.made(
                "listen", colon == std::string::npos ? *listen : listen->substr(colon + 1), port);
        }
        if (const auto every = keys.duration("save_every")) {
            settings.save_every = duration_cast<seconds>(*every);
            if (settings.save_every < seconds(1) && *every != std::chrono::milliseconds(0)) {
                keys.refuse("save_every", "the shortest is 1s; 0 is at every change");
            }
        }
        keys.finish();
        return settings;
    }

    std::optional<CloudSettings> cloud(const SiteSettings& site) const {
        const auto section = unnamed("cloud");
        if (section.entries.empty()) {
            return std::nullopt;
        }
        SectionReader keys(section);
        CloudSettings settings;
        const auto kind = keys.choice("kind", {"mosquitto", "aws-iot-core"});
        settings.profile = &cloud_profile(kind.value_or("mosquitto"));
        settings.address = keys.required("address");
        if (settings.profile->needs_host_name && is_ip_address(settings.address)) {
            keys.refuse("address", "AWS IoT Core has to be asked by name: the endpoint that 'aws "
                                   "iot describe-endpoint --endpoint-type iot:Data-ATS' prints");
        }
        if (const auto text = keys.text("port")) {
            settings.port = keys.made("port", *text, port);
        }
        settings.client_id = keys.text("client_id").value_or("holdfast-" + site.name);
        if (settings.client_id.size() > settings.profile->client_id_bytes) {
            keys.refuse("client_id",
                        fmt::format("{} takes {} bytes at most", settings.profile->kind,
                                    settings.profile->client_id_bytes));
        }
        settings.certificate = file(keys.text("certificate").value_or("certs/bridge.crt"));
        settings.key = file(keys.text("key").value_or("certs/bridge.key"));
        settings.ca = file(keys.text("ca").value_or("certs/cloud-ca.crt"));
        settings.alpn = keys.text("alpn").value_or(
            settings.port == 443 ? std::string(settings.profile->alpn_on_443) : "");
        read_keepalive(keys, settings);
        keys.finish();
        return settings;
    }

    static void read_keepalive(SectionReader& keys, CloudSettings& settings) {
        const auto keepalive = keys.duration("keepalive");
        if (!keepalive) {
            return;
        }
        settings.keepalive = duration_cast<seconds>(*keepalive);
        const auto& profile = *settings.profile;
        if (settings.keepalive < profile.least_keepalive ||
            settings.keepalive > profile.longest_keepalive) {
            keys.refuse("keepalive", fmt::format("it must lie between {}s and {}min",
                                                 profile.least_keepalive.count(),
                                                 profile.longest_keepalive.count() / 60));
        }
    }

    SpoolSettings spool() const {
        const auto section = unnamed("spool");
        SectionReader keys(section);
        SpoolSettings settings;
        settings.path = file(keys.text("path").value_or("/var/lib/holdfast/spool.db"));
        settings.lose_at_most = keys.duration("lose_at_most").value_or(settings.lose_at_most);
        if (settings.lose_at_most > std::chrono::seconds(60)) {
            keys.refuse("lose_at_most", "the longest is 60s: device messages wait that long for "
                                        "their acknowledgement");
        }
        settings.keep_history = keys.duration("keep_history").value_or(settings.keep_history);
        settings.max_size_bytes = keys.size("max_size").value_or(settings.max_size_bytes);
        if (settings.max_size_bytes < least_spool_bytes) {
            keys.refuse("max_size", "the least is 8MiB");
        }
        settings.when_full = when_full(keys);
        keys.finish();
        return settings;
    }

    static WhenFull when_full(SectionReader& keys) {
        const auto choice = keys.choice("when_full", {"thin", "drop-oldest", "refuse"});
        for (const auto when_full : {WhenFull::drop_oldest, WhenFull::refuse}) {
            if (choice == to_string(when_full)) {
                return when_full;
            }
        }
        return WhenFull::thin;
    }

    static std::uint64_t whole(SectionReader& keys, std::string_view key, std::int64_t least,
                               std::int64_t greatest, std::uint64_t otherwise) {
        const auto value = keys.integer(key, least, greatest);
        return value ? static_cast<std::uint64_t>(*value) : otherwise;
    }

    UplinkSettings uplink(const CloudProfile& profile) const {
        const auto section = unnamed("uplink");
        SectionReader keys(section);
        UplinkSettings settings;
        if (keys.choice("order", {"live-first", "fifo"}) == "fifo") {
            settings.order = Order::fifo;
        }
        settings.format = format(keys).value_or(settings.format);
        settings.linger = keys.duration("linger").value_or(settings.linger);
        if (settings.linger > std::chrono::hours(1)) {
            keys.refuse("linger", "the longest is 1h");
        }
        read_pace(keys, settings, profile);
        settings.receipt_timeout =
            keys.duration("receipt_timeout").value_or(settings.receipt_timeout);
        if (settings.receipt_timeout < std::chrono::seconds(1)) {
            keys.refuse("receipt_timeout", "the shortest is 1s");
        }
        keys.finish();
        return settings;
    }

    static void read_pace(SectionReader& keys, UplinkSettings& settings,
                          const CloudProfile& profile) {
        settings.max_batch_bytes = keys.size("max_batch").value_or(profile.batch_bytes);
        const auto most = std::min<std::uint64_t>(profile.payload_bytes, largest_batch);
        if (settings.max_batch_bytes < 512 || settings.max_batch_bytes > most) {
            keys.refuse("max_batch",
                        fmt::format("it must lie between 512B and {}KiB with kind = {}",
                                    most / 1024, profile.kind));
        }
        settings.max_in_flight = whole(keys, "max_in_flight", 1, as_signed(profile.in_flight),
                                       profile.default_in_flight);
        settings.max_publishes_per_second =
            whole(keys, "max_publishes_per_second", 1, as_signed(profile.publishes_per_second),
                  profile.default_publishes_per_second);
        settings.max_bytes_per_second =
            keys.size("max_bytes_per_second").value_or(profile.default_bytes_per_second);
        if (settings.max_bytes_per_second < 100 ||
            settings.max_bytes_per_second > profile.bytes_per_second) {
            keys.refuse("max_bytes_per_second",
                        fmt::format("it must lie between 100B and {}KiB with kind = {}",
                                    profile.bytes_per_second / 1024, profile.kind));
        }
    }

    static std::int64_t as_signed(std::uint64_t number) {
        return static_cast<std::int64_t>(number);
    }

    /// What the cloud would end the connection for is refused here, where it has a line.
    static void check_topic(const Section& section, const SensorSettings& sensor,
                            const SiteSettings& site, const CloudProfile& profile) {
        const auto topic = site.name + "/" + sensor.topic.str();
        const auto slashes = static_cast<std::size_t>(std::count(topic.begin(), topic.end(), '/'));
        if (sensor.up && (topic.size() > profile.topic_bytes || slashes > profile.topic_slashes)) {
            throw InputError(section.where, 0,
                             fmt::format("at the cloud its topic is '{}', and {} takes at most {} "
                                         "bytes and {} slashes: choose another 'topic'",
                                         topic, profile.kind, profile.topic_bytes,
                                         profile.topic_slashes));
        }
    }

    static std::uint16_t port(std::string_view text) {
        return static_cast<std::uint16_t>(parse_integer(text, 1, 65'535));
    }

    static std::optional<Format> format(SectionReader& keys) {
        const auto word = keys.choice("format", {"senml", "scalar"});
        if (!word) {
            return std::nullopt;
        }
        return *word == "scalar" ? Format::scalar : Format::senml;
    }

    static SensorSettings sensor(const Section& section, Format default_format) {
        SectionReader keys(section);
        const auto topic = keys.text("topic").value_or("sensors/" + section.name);
        SensorSettings settings{.name = section.name,
                                .driver = keys.required("driver"),
                                .driver_where = keys.where("driver"),
                                .topic = keys.made("topic", topic, up_topic_name),
                                .driver_keys = {}};
        settings.every = keys.duration("every").value_or(settings.every);
        if (settings.every < std::chrono::milliseconds(10)) {
            keys.refuse("every", "the shortest is 10ms");
        }
        settings.unit = keys.text("unit").value_or("");
        if (const auto fault = unit_fault(settings.unit)) {
            keys.refuse("unit", *fault);
        }
        settings.scale = keys.number("scale").value_or(settings.scale);
        settings.offset = keys.number("offset").value_or(settings.offset);
        settings.least = keys.number("min");
        settings.greatest = keys.number("max");
        if (settings.least && settings.greatest && *settings.least > *settings.greatest) {
            keys.refuse("min", "it is greater than max");
        }
        settings.deadband = keys.number("deadband").value_or(settings.deadband);
        if (settings.deadband < 0) {
            keys.refuse("deadband", "it is negative");
        }
        smoothing(keys, settings);
        settings.format = format(keys).value_or(default_format);
        if (settings.format == Format::senml) {
            if (const auto fault = senml_name_fault(settings.topic.str())) {
                keys.refuse("topic", *fault);
            }
        }
        settings.up = keys.yes_no("up").value_or(settings.up);
        settings.priority = keys.yes_no("priority").value_or(settings.priority);
        settings.driver_keys = {section.kind, section.name, section.where, keys.untaken()};
        return settings;
    }

    static void smoothing(SectionReader& keys, SensorSettings& settings) {
        settings.heartbeat = keys.duration("heartbeat");
        if (settings.heartbeat && *settings.heartbeat < settings.every) {
            keys.refuse("heartbeat", "it is shorter than every");
        }
        settings.median = static_cast<int>(keys.integer("median", 1, 99).value_or(1));
        if (settings.median % 2 == 0) {
            keys.refuse("median", "an odd number is expected: the value in the middle of 3, 5, …");
        }
        settings.mean = keys.yes_no("mean").value_or(false);
        settings.sample_every = keys.duration("sample_every");
        if (settings.sample_every && !settings.mean) {
            keys.refuse("sample_every", "it takes mean = yes: a reading each 'every' is the mean "
                                        "of the samples");
        }
        if (settings.sample_every && (*settings.sample_every < std::chrono::milliseconds(10) ||
                                      *settings.sample_every > settings.every)) {
            keys.refuse("sample_every", "it must lie between 10ms and every");
        }
    }

    static DeviceSettings device(const Section& section) {
        SectionReader keys(section);
        const auto topic = keys.required("topic");
        DeviceSettings settings{.name = section.name,
                                .topic = keys.made("topic", topic, capture_filter),
                                .where = section.where};
        settings.qos = static_cast<int>(keys.integer("qos", 0, 1).value_or(1));
        settings.priority = keys.yes_no("priority").value_or(settings.priority);
        settings.max_payload_bytes = keys.size("max_payload").value_or(settings.max_payload_bytes);
        if (settings.max_payload_bytes == 0 ||
            settings.max_payload_bytes > std::uint64_t{16} * 1024 * 1024) {
            keys.refuse("max_payload", "it must lie between 1B and 16MiB");
        }
        keys.finish();
        return settings;
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

std::string_view to_string(WhenFull when_full) noexcept {
    switch (when_full) {
    case WhenFull::thin:
        return "thin";
    case WhenFull::drop_oldest:
        return "drop-oldest";
    case WhenFull::refuse:
        break;
    }
    return "refuse";
}

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
