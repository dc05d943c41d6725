#include "config/appliance_settings.hpp"

#include "config/quantity.hpp"
#include "config/section_reader.hpp"
#include "config/topic_rules.hpp"

namespace holdfast::config {

namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr std::uint64_t least_spool_bytes = std::uint64_t{8} << 20U;

WhenFull when_full(SectionReader& keys) {
    const auto choice = keys.choice("when_full", {"thin", "drop-oldest", "refuse"});
    for (const auto when_full : {WhenFull::drop_oldest, WhenFull::refuse}) {
        if (choice == to_string(when_full)) {
            return when_full;
        }
    }
    return WhenFull::thin;
}

/// `ADDRESS:PORT`, or `PORT` on every address.
void read_place(SectionReader& keys, std::string_view key, std::string& address,
                std::uint16_t& port) {
    const auto text = keys.text(key);
    if (!text) {
        return;
    }
    const auto colon = text->rfind(':');
    address = colon == std::string::npos ? "0.0.0.0" : text->substr(0, colon);
    port = keys.made(key, colon == std::string::npos ? *text : text->substr(colon + 1), parse_port);
}

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

SiteSettings read_site(const Section& section) {
    SectionReader keys(section);
    auto name = keys.required("name");
    if (const auto fault = site_name_fault(name)) {
        keys.refuse("name", *fault);
    }
    keys.finish();
    return {std::move(name)};
}

BrokerSettings read_broker(const Section& section) {
    SectionReader keys(section);
    BrokerSettings settings;
    read_place(keys, "listen", settings.address, settings.port);
    read_place(keys, "certificates", settings.certificate_address, settings.certificate_port);
    if (settings.certificate_port == settings.port) {
        keys.refuse("certificates", "it is the port of 'listen': each needs its own");
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

SpoolSettings read_spool(const Section& section, const std::filesystem::path& folder) {
    SectionReader keys(section);
    SpoolSettings settings;
    settings.path = folder / keys.text("path").value_or("/var/lib/holdfast/spool.db");
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

} // namespace holdfast::config
