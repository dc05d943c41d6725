#include "bridge/prediction.hpp"

#include "bridge/file_rights.hpp"
#include "bridge/probe_topics.hpp"
#include "certs/check.hpp"
#include "certs/inspect.hpp"
#include "config/receipt_routes.hpp"
#include "core/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::bridge {

namespace {

using Verdict = Finding::Verdict;
using std::chrono::system_clock;

/// A certificate that ends within this time is worth a word.
constexpr std::chrono::days soon{30};

std::size_t slashes(const std::string& topic) {
    return static_cast<std::size_t>(std::count(topic.begin(), topic.end(), '/'));
}

Findings check_limits(const config::Settings& settings) {
    const auto& cloud = *settings.cloud;
    const auto& profile = *cloud.profile;
    Findings findings;
    const auto topics = probe_topics(settings);
    for (const auto& topic : topics) {
        if (topic.size() > profile.topic_bytes || slashes(topic) > profile.topic_slashes) {
            findings.push_back(
                {Verdict::bad,
                 fmt::format("the topic '{}' has {} bytes and {} slashes, and {} ends the "
                             "connection above {} bytes or {} slashes: choose a shorter 'topic'",
                             topic, topic.size(), slashes(topic), profile.kind, profile.topic_bytes,
                             profile.topic_slashes)});
        }
    }
    const auto subscriptions = config::receipt_routes(settings).size() + 1; // and the orders
    if (subscriptions > profile.subscriptions) {
        findings.push_back(
            {Verdict::bad, fmt::format("the bridge needs {} subscriptions, and {} takes {} of one "
                                       "connection: let more topics share their first level",
                                       subscriptions, profile.kind, profile.subscriptions)});
    }
    if (findings.empty()) {
        findings.push_back(
            {Verdict::good,
             fmt::format("within the limits of {}: client id '{}', {} topics, {} subscriptions, "
                         "keepalive {} s",
                         profile.kind, cloud.client_id, topics.size(), subscriptions,
                         cloud.keepalive.count())});
    }
    return findings;
}

Finding check_dates(const std::filesystem::path& path, const certs::Description& certificate,
                    system_clock::time_point now, std::string_view renewal) {
    if (now < certificate.not_before) {
        return {Verdict::bad,
                fmt::format("{} is not valid before {}, and the clock says {}: set the clock "
                            "('timedatectl'), or wait",
                            path.string(), certs::utc_text(certificate.not_before),
                            certs::utc_text(now))};
    }
    if (now > certificate.not_after) {
        return {Verdict::bad,
                fmt::format("{} expired on {}, and the clock says {}: {}, unless the clock is "
                            "wrong",
                            path.string(), certs::utc_text(certificate.not_after),
                            certs::utc_text(now), renewal)};
    }
    return {now + soon > certificate.not_after ? Verdict::note : Verdict::good,
            fmt::format("{} (\"{}\") is valid until {}", path.string(), certificate.subject,
                        certs::utc_text(certificate.not_after))};
}

Findings check_certificates(const config::CloudSettings& cloud, system_clock::time_point now) {
    Findings findings;
    const auto own = certs::describe(cloud.certificate);
    findings.push_back(
        check_dates(cloud.certificate, own, now, "get a new one from who runs the cloud broker"));
    if (!own.for_client) {
        findings.push_back(
            {Verdict::bad, fmt::format("{} is not for a client, so the cloud refuses it: get one "
                                       "for TLS client authentication",
                                       cloud.certificate.string())});
    }
    const auto ca = certs::describe(cloud.ca);
    findings.push_back(check_dates(cloud.ca, ca, now, "get the cloud's present CA"));
    if (!ca.authority) {
        findings.push_back(
            {Verdict::bad, fmt::format("{} is no certificate of an authority, so nothing is valid "
                                       "under it: put the CA that signed the cloud's there",
                                       cloud.ca.string())});
    }
    const auto problems = certs::check_pair(cloud.certificate, cloud.key);
    for (const auto& problem : problems) {
        findings.push_back({Verdict::bad, problem});
    }
    if (problems.empty()) {
        findings.push_back({Verdict::good, fmt::format("{} belongs to {}", cloud.key.string(),
                                                       cloud.certificate.string())});
    }
    return findings;
}

Finding check_clock(const Circumstances& circumstances) {
    if (circumstances.clock_synchronised) {
        return {Verdict::good, "the clock is synchronised"};
    }
    return {Verdict::note,
            fmt::format("the clock says {} and is not known to be synchronised: if it is wrong, "
                        "valid certificates are refused ('timedatectl')",
                        certs::utc_text(circumstances.now))};
}

Finding check_rendered(const config::Settings& settings, const LocalPaths& paths) {
    const auto path = config::bridge_configuration(paths.folder);
    const auto files = render_local_end(settings, paths);
    const auto wanted = std::find_if(files.begin(), files.end(),
                                     [&](const auto& file) { return file.path == path; });
    if (wanted == files.end() || changed({*wanted}).empty()) {
        return {Verdict::good, fmt::format("{} is what holdfast.conf asks for", path.string())};
    }
    return {Verdict::bad, fmt::format("{} is not what holdfast.conf asks for: 'holdfast render', "
                                      "then restart the broker",
                                      path.string())};
}

void append(Findings& findings, const Findings& more) {
    findings.insert(findings.end(), more.begin(), more.end());
}

/// What makes the findings, or a bad one where the files do not let it.
template <typename Check>
Findings guarded(Check check) {
    try {
        return check();
    } catch (const Error& error) {
        return {{Verdict::bad, error.what()}};
    }
}

} // namespace

Findings predict(const config::Settings& settings, const Circumstances& circumstances) {
    const auto& cloud = *settings.cloud;
    auto findings = check_limits(settings);
    append(findings, guarded([&] { return check_certificates(cloud, circumstances.now); }));
    append(findings, guarded([&] {
               return check_rights(circumstances.paths.broker_user, cloud.key,
                                   {cloud.certificate, cloud.ca});
           }));
    findings.push_back(check_clock(circumstances));
    append(findings,
           guarded([&] { return Findings{check_rendered(settings, circumstances.paths)}; }));
    return findings;
}

} // namespace holdfast::bridge
