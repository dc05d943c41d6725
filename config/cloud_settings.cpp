#include "config/cloud_settings.hpp"

#include "config/quantity.hpp"
#include "config/section_reader.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace holdfast::config {

namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr std::uint64_t largest_batch = 1024 * 1024;

/// As the resolver sees it: what it takes as a number is no name.
bool is_ip_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

void read_keepalive(SectionReader& keys, CloudSettings& settings) {
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

std::int64_t as_signed(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

std::uint64_t whole(SectionReader& keys, std::string_view key, std::int64_t least,
                    std::int64_t greatest, std::uint64_t otherwise) {
    const auto value = keys.integer(key, least, greatest);
    return value ? static_cast<std::uint64_t>(*value) : otherwise;
}

void read_pace(SectionReader& keys, UplinkSettings& settings, const CloudProfile& profile) {
    settings.max_batch_bytes = keys.size("max_batch").value_or(profile.batch_bytes);
    const auto most = std::min<std::uint64_t>(profile.payload_bytes, largest_batch);
    if (settings.max_batch_bytes < 512 || settings.max_batch_bytes > most) {
        keys.refuse("max_batch", fmt::format("it must lie between 512B and {}KiB with kind = {}",
                                             most / 1024, profile.kind));
    }
    settings.max_in_flight =
        whole(keys, "max_in_flight", 1, as_signed(profile.in_flight), profile.default_in_flight);
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

} // namespace

std::optional<CloudSettings> read_cloud(const Section& section, const std::string& site,
                                        const std::filesystem::path& folder) {
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
        settings.port = keys.made("port", *text, parse_port);
    }
    settings.client_id = keys.text("client_id").value_or("holdfast-" + site);
    if (settings.client_id.size() > settings.profile->client_id_bytes) {
        keys.refuse("client_id", fmt::format("{} takes {} bytes at most", settings.profile->kind,
                                             settings.profile->client_id_bytes));
    }
    settings.certificate = folder / keys.text("certificate").value_or("certs/bridge.crt");
    settings.key = folder / keys.text("key").value_or("certs/bridge.key");
    settings.ca = folder / keys.text("ca").value_or("certs/cloud-ca.crt");
    settings.alpn = keys.text("alpn").value_or(
        settings.port == 443 ? std::string(settings.profile->alpn_on_443) : "");
    read_keepalive(keys, settings);
    keys.finish();
    return settings;
}

UplinkSettings read_uplink(const Section& section, const CloudProfile& profile) {
    SectionReader keys(section);
    UplinkSettings settings;
    if (keys.choice("order", {"live-first", "fifo"}) == "fifo") {
        settings.order = Order::fifo;
    }
    if (keys.choice("unset_clock", {"send", "wait"}) == "wait") {
        settings.unset_clock = UnsetClock::wait;
    }
    if (keys.choice("receipt", {"echo", "marker"}) == "marker") {
        settings.receipt = Receipt::marker;
        if (!profile.keeps_order) {
            keys.refuse("receipt", fmt::format("{} does not keep messages in order, so a marker "
                                               "would prove nothing: leave it at echo",
                                               profile.kind));
        }
    }
    settings.format = read_format(keys).value_or(settings.format);
    settings.linger = keys.duration("linger").value_or(settings.linger);
    if (settings.linger > std::chrono::hours(1)) {
        keys.refuse("linger", "the longest is 1h");
    }
    read_pace(keys, settings, profile);
    settings.receipt_timeout = keys.duration("receipt_timeout").value_or(settings.receipt_timeout);
    if (settings.receipt_timeout < std::chrono::seconds(1)) {
        keys.refuse("receipt_timeout", "the shortest is 1s");
    }
    keys.finish();
    return settings;
}

std::optional<Format> read_format(SectionReader& keys) {
    const auto word = keys.choice("format", {"senml", "scalar"});
    if (!word) {
        return std::nullopt;
    }
    return *word == "scalar" ? Format::scalar : Format::senml;
}

} // namespace holdfast::config
