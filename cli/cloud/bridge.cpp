#include "bridge/explanation.hpp"
#include "bridge/prediction.hpp"
#include "bridge/probe_topics.hpp"
#include "bridge/tls_explanation.hpp"
#include "certs/tls_probe.hpp"
#include "cli/cloud/probe.hpp"
#include "cli/options.hpp"
#include "cli/setup/installation.hpp"
#include "config/receipt_routes.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/topics.hpp"

#include <fmt/format.h>

#include <random>

namespace holdfast::cli {

namespace po = boost::program_options;

namespace {

using bridge::Finding;
using bridge::Findings;

std::string_view mark(Finding::Verdict verdict) {
    switch (verdict) {
    case Finding::Verdict::good:
        return "ok  ";
    case Finding::Verdict::note:
        return "note";
    case Finding::Verdict::bad:
        break;
    }
    return "FAIL";
}

void heading(std::string_view text) {
    fmt::print("{}\n", text);
}

/// Prints findings as they come, and remembers whether one was bad.
class Report {
public:
    void add(const Finding& finding) {
        fmt::print("  {}  {}\n", mark(finding.verdict), finding.text);
        std::fflush(stdout);
        well_ &= finding.verdict != Finding::Verdict::bad;
    }
    void add(const Findings& findings) {
        for (const auto& finding : findings) {
            add(finding);
        }
    }
    bool well() const noexcept { return well_; }

private:
    bool well_ = true;
};

mqtt::Endpoint endpoint(const config::CloudSettings& cloud) {
    mqtt::Endpoint endpoint;
    endpoint.host = cloud.address;
    endpoint.port = cloud.port;
    endpoint.client_id = cloud.client_id + "-check";
    endpoint.ca_file = cloud.ca;
    endpoint.certificate_file = cloud.certificate;
    endpoint.key_file = cloud.key;
    endpoint.alpn = cloud.alpn;
    return endpoint;
}

/// Whether the cloud would let the bridge itself in. That ends the bridge's connection for a
/// moment, and costs nothing: the session is kept, and what came in it stays unacknowledged.
bool takes_bridge(const config::CloudSettings& cloud, std::chrono::seconds limit) {
    auto as_bridge = endpoint(cloud);
    as_bridge.client_id = cloud.client_id;
    as_bridge.clean_session = false;
    CloudProbe probe(as_bridge, limit);
    const bool taken = !probe.connect();
    probe.leave();
    return taken;
}

/// A SenML record that no application takes for a reading, different at every run.
std::string proof() {
    std::random_device random;
    return fmt::format(R"([{{"n":"holdfast/check","vs":"{:08x}{:08x}"}}])", random(), random());
}

void prove_topics(Report& report, const config::Settings& settings, CloudProbe& probe) {
    const auto& site = settings.site.name;
    const auto& cloud = *settings.cloud;
    heading("Subscriptions");
    auto filters = config::receipt_routes(settings);
    filters.insert("down/#");
    for (const auto& route : filters) {
        const auto filter = fmt::format("{}/{}", site, route);
        report.add(bridge::explain_subscription(cloud, site, filter, probe.subscribe(filter)));
    }
    heading("Round trips");
    const auto payload = proof();
    for (const auto& topic : bridge::probe_topics(settings)) {
        report.add(bridge::explain(cloud, site, probe.send(topic, payload)));
    }
}

void speak_mqtt(Report& report, const config::Settings& settings, std::chrono::seconds limit,
                bool round_trips) {
    const auto& cloud = *settings.cloud;
    CloudProbe probe(endpoint(cloud), limit);
    if (auto refusal = probe.connect()) {
        refusal->bridge_id_taken = takes_bridge(cloud, limit);
        report.add(bridge::explain(cloud, settings.site.name, *refusal));
        return;
    }
    report.add({Finding::Verdict::good,
                fmt::format("MQTT: the cloud lets '{}-check' in", cloud.client_id)});
    if (round_trips) {
        prove_topics(report, settings, probe);
    }
    probe.leave();
}

/// Whether there is any use in speaking MQTT.
bool reach(Report& report, const config::CloudSettings& cloud, std::chrono::seconds limit) {
    auto target = bridge::probe_target(cloud);
    target.limit = limit;
    try {
        const auto result = certs::probe_tls(target);
        report.add(bridge::explain(cloud, result));
        return result.fine();
    } catch (const Error& error) {
        report.add({Finding::Verdict::bad, fmt::format("not tried: {}", error.what())});
        return false;
    }
}

int check(const po::variables_map& values) {
    const auto folder = dir_option(values);
    Report report;
    const auto seconds = values["timeout"].as<int>();
    if (seconds < 1 || seconds > 600) {
        throw UsageError("--timeout takes 1 to 600 seconds");
    }
    try {
        const auto settings = settings_with_cloud(folder);
        const auto& cloud = *settings.cloud;
        heading(fmt::format("{}, on the way to {}:{} ({})", settings.site.name, cloud.address,
                            cloud.port, cloud.profile->kind));
        const auto seat = broker_seat(folder);
        report.add(bridge::predict(settings, {.paths = {folder, seat.state, {}, seat.user},
                                              .now = std::chrono::system_clock::now(),
                                              .clock_synchronised = clock_synchronised()}));
        if (values.count("offline") == 0) {
            heading("Connection");
            const std::chrono::seconds limit(seconds);
            if (reach(report, cloud, limit)) {
                speak_mqtt(report, settings, limit, values.count("no-messages") == 0);
            }
        }
    } catch (const InputError& error) {
        report.add({Finding::Verdict::bad, error.what()});
    }
    fmt::print("{}\n", report.well() ? "All is well." : "Something is wrong: see FAIL above.");
    return report.well() ? exit_fine : exit_no;
}

} // namespace

int run_bridge(const Arguments& arguments) {
    if (!arguments.empty() && arguments.front() == "render") {
        return run_render(Arguments(arguments.begin() + 1, arguments.end()));
    }
    po::options_description options("Options");
    add_dir_option(options);
    options.add_options()("action", po::value<std::string>(), "check or render");
    options.add_options()("offline", "only predict; connect to nothing");
    options.add_options()("no-messages", "publish nothing: stop once the cloud has let us in");
    options.add_options()("timeout", po::value<int>()->default_value(10),
                          "seconds to wait at each step");
    const auto values =
        parse(arguments, options,
              "check: predicts what the cloud would refuse, connects, and proves every topic that "
              "goes up by one message\n"
              "[{\"n\":\"holdfast/check\",…}] on each; as CLIENT_ID-check, beside the bridge.\n"
              "render: as 'holdfast render'.",
              "holdfast bridge check",
              {"holdfast bridge", po::positional_options_description().add("action", 1)});
    if (!values) {
        return exit_fine;
    }
    if (values->count("action") == 0 || (*values)["action"].as<std::string>() != "check") {
        throw UsageError("say what to do: check or render");
    }
    return check(*values);
}

} // namespace holdfast::cli
