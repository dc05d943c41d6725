#include "integration/bridge/check_stage.hpp"

#include "cli/setup/installation.hpp"
#include "cli/setup/set_up.hpp"
#include "config/settings.hpp"
#include "core/atomic_file.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace holdfast::test {

namespace {

constexpr std::string_view config = R"([site]
name = {}

[broker]
listen = 127.0.0.1:8883

[cloud]
address = 127.0.0.1
port = {}

[spool]
path = state/spool.db

[sensor tide]
driver = sim

[device things]
topic = devices/#
)";

} // namespace

CheckStage::CheckStage()
    : broker_("cloud broker",
              {{find_program("mosquitto").string(), "-c", (cloud() / "mosquitto.conf").string()},
               root_ / "cloud.log"}) {
    cli::set_up_cloud({.end = {.folder = cloud(),
                               .address = "127.0.0.1",
                               .site_port = site_port_.number(),
                               .app_port = app_port_.number(),
                               .broker_user = cli::own_user(),
                               .readers = {"dashboard"}},
                       .host_names = {"127.0.0.1"},
                       .site = site},
                      folder() / "certs");
    cli::set_up_appliance({.paths = {.folder = folder(),
                                     .state = folder() / "state",
                                     .plugin = HOLDFAST_PLUGIN,
                                     .broker_user = cli::own_user()},
                           .config = fmt::format(config, site, site_port()),
                           .host_names = {},
                           .policy = "",
                           .users = {}});
}

void CheckStage::issue_server(const std::vector<std::string>& names, certs::TimePoint now,
                              std::chrono::days lifetime) const {
    // An authority as old as that, for it signs nothing before its own time.
    const auto certs = cloud() / "certs";
    const auto authority = certs::Authority::create(
        certs, "cloud", std::min(now, std::chrono::system_clock::now()), {.replace = true});
    certs::save(authority.issue({.purpose = certs::Purpose::server,
                                 .common_name = "cloud broker",
                                 .alt_names = names,
                                 .lifetime = lifetime},
                                now),
                certs, "server");
    write_file(folder() / "certs/cloud-ca.crt", authority.certificate_pem(), FileMode::public_);
    certs::save(authority.issue({.purpose = certs::Purpose::client, .common_name = site},
                                std::chrono::system_clock::now()),
                folder() / "certs", "bridge");
}

void CheckStage::replace(const std::string& file, const std::string& text,
                         const std::string& by) const {
    auto content = read_file(cloud() / file);
    const auto at = content.find(text);
    REQUIRE(at != std::string::npos);
    write_file(cloud() / file, content.replace(at, text.size(), by), FileMode::public_);
}

void CheckStage::append(const std::string& file, const std::string& text) const {
    write_file(cloud() / file, read_file(cloud() / file) + text, FileMode::public_);
}

void CheckStage::write_config(std::uint16_t port) const {
    const auto file = folder() / "holdfast.conf";
    write_file(file, fmt::format(config, site, port), FileMode::public_);
    bridge::write(
        bridge::render_local_end(config::load_settings(file), {.folder = folder(),
                                                               .state = folder() / "state",
                                                               .plugin = HOLDFAST_PLUGIN,
                                                               .broker_user = cli::own_user()}));
}

void CheckStage::start_cloud() {
    broker_.start();
    REQUIRE(broker_.wait_for_log(" running\n"));
}

CheckStage::Answer CheckStage::check(const std::vector<std::string>& words) const {
    std::vector<std::string> command{HOLDFAST, "bridge", "check", "--dir", folder().string()};
    command.insert(command.end(), words.begin(), words.end());
    if (std::find(words.begin(), words.end(), "--timeout") == words.end()) {
        command.insert(command.end(), {"--timeout", "60"});
    }
    const TempFolder own;
    Program program("bridge check", {command, own / "answer"});
    program.start();
    const auto status = program.exit_status(std::chrono::minutes(3));
    REQUIRE(status);
    return {*status, program.log()};
}

} // namespace holdfast::test
