#include "certs/authority.hpp"
#include "cli/setup/installation.hpp"
#include "cli/verb.hpp"
#include "command.hpp"
#include "core/atomic_file.hpp"
#include "core/reserved_port.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace holdfast;
using test::Appliance;
namespace fs = std::filesystem;

namespace {

struct Visit {
    int code;
    nlohmann::json report;

    /// What it says of one part with that verdict, a line each.
    std::string said(const std::string& area, const std::string& verdict) const {
        std::string lines;
        for (const auto& finding : report["findings"]) {
            if (finding["area"] == area && finding["verdict"] == verdict) {
                lines += finding["what"].get<std::string>() + "\n";
            }
        }
        return lines;
    }
    std::string failures() const {
        std::string lines;
        for (const auto& finding : report["findings"]) {
            if (finding["verdict"] == "FAIL") {
                lines += finding["area"].get<std::string>() + ": " +
                         finding["what"].get<std::string>() + "\n";
            }
        }
        return lines;
    }
};

Visit visit(const Appliance& appliance) {
    const auto outcome = test::holdfast_command(
        {"doctor", "--json", "--dir", appliance.folder().string(), "--timeout", "20"});
    return {outcome.status, nlohmann::json::parse(outcome.output)};
}

/// The file has other content as long as this lives.
class Changed {
public:
    Changed(fs::path file, const std::string& content)
        : file_(std::move(file))
        , before_(read_file(file_))
        , rights_(fs::status(file_).permissions()) {
        write(content);
    }
    Changed(const Changed&) = delete;
    Changed& operator=(const Changed&) = delete;
    ~Changed() { write(before_); }

private:
    void write(const std::string& content) {
        write_file(file_, content, FileMode::secret);
        fs::permissions(file_, rights_);
    }

    fs::path file_;
    std::string before_;
    fs::perms rights_;
};

Changed appended(const fs::path& file, const std::string& more) {
    return {file, read_file(file) + more};
}

void check_rights(const Appliance& appliance) {
    const auto users = appliance.folder() / "users";
    const auto policy = appliance.folder() / "policy";
    const auto key = appliance.folder() / "certs/ca.key";
    fs::permissions(users, fs::perms::others_read, fs::perm_options::add);
    fs::permissions(policy, fs::perms::others_write, fs::perm_options::add);
    fs::permissions(key, fs::perms::group_read, fs::perm_options::add);
    const auto found = visit(appliance).said("files", "FAIL");
    CHECK_THAT(found, ContainsSubstring("can read " + users.string()) &&
                          ContainsSubstring("can change " + policy.string()) &&
                          ContainsSubstring("a group can read " + key.string()));
    fs::permissions(users, fs::perms::others_read, fs::perm_options::remove);
    fs::permissions(policy, fs::perms::others_write, fs::perm_options::remove);
    fs::permissions(key, fs::perms::group_read, fs::perm_options::remove);
}

void check_texts(const Appliance& appliance) {
    const auto folder = appliance.folder();
    {
        const auto change = appended(appliance.config_file(), "\n[sensro x]\n");
        const auto found = visit(appliance);
        CHECK(found.code == cli::exit_no);
        CHECK_THAT(found.said("configuration", "FAIL"), ContainsSubstring("holdfast.conf:"));
        CHECK(found.said("sensors", "ok").empty()); // which these are is not known
    }
    {
        const auto change = appended(appliance.config_file(), "[sensor y]\ndriver = sim\n"
                                                              "topic = elsewhere/y\n");
        CHECK_THAT(visit(appliance).said("configuration", "FAIL"),
                   ContainsSubstring("bridge.conf is not what holdfast.conf asks for"));
    }
    {
        const auto left = folder / "generated/conf.d/before.conf";
        write_file(left, "", FileMode::public_);
        CHECK(visit(appliance).said("configuration", "FAIL") ==
              left.string() + " is left from before\n");
        fs::remove(left);
    }
    {
        const auto change = appended(folder / "policy", "topc read x\n");
        CHECK_THAT(visit(appliance).said("users and policy", "FAIL"), ContainsSubstring("policy:"));
    }
    const auto change = appended(folder / "policy", "user nobody-of-that-name\ntopic read x\n");
    CHECK_THAT(visit(appliance).said("users and policy", "note"),
               ContainsSubstring("nobody-of-that-name"));
}

void check_certificates(const Appliance& appliance) {
    const auto certs = appliance.folder() / "certs";
    const auto now = std::chrono::system_clock::now();
    auto authority = certs::Authority::open(certs, {});
    const auto made = authority.issue({.purpose = certs::Purpose::client,
                                       .common_name = "phone",
                                       .lifetime = std::chrono::days(2)},
                                      now);
    {
        const Changed key(certs / "server.key", made.key_pem);
        const auto found = visit(appliance).said("certificates", "FAIL");
        CHECK_THAT(found, ContainsSubstring("server"));
    }
    write_file(certs / "phone.crt", made.certificate_pem, FileMode::public_);
    CHECK_THAT(visit(appliance).said("certificates", "FAIL"), ContainsSubstring("'phone' ends on"));
    fs::remove(certs / "phone.crt");
    fs::create_directory(certs / "bridge.slots");
    CHECK_THAT(visit(appliance).said("certificates", "note"), ContainsSubstring("is being tried"));
    fs::remove(certs / "bridge.slots");
}

/// The stock broker in the place of ours, with the same certificates and these lines.
ChildProcess::Command stranger(const Appliance& appliance, const std::string& lines) {
    const auto certs = appliance.folder() / "certs";
    const auto config = appliance.folder() / "stranger.conf";
    write_file(config,
               fmt::format("user {}\nlistener {} 127.0.0.1\ncertfile {}/server.crt\n"
                           "keyfile {}/server.key\n{}\n",
                           cli::own_user(), appliance.local_port(), certs.string(), certs.string(),
                           lines),
               FileMode::secret);
    return {{find_program("mosquitto").string(), "-c", config.string()},
            appliance.folder() / "stranger.log"};
}

} // namespace

TEST_CASE("doctor finds nothing wrong with an appliance that works") {
    Appliance appliance;
    appliance.start();
    REQUIRE(appliance.wait_for_link(true));
    const auto healthy = visit(appliance);
    CAPTURE(healthy.report.dump(2));
    CHECK(healthy.failures().empty());
    CHECK(healthy.code == cli::exit_fine);
    CHECK_THAT(healthy.said("plugin", "ok"), ContainsSubstring("it answers"));
    CHECK_THAT(healthy.said("listeners", "ok"), ContainsSubstring("with TLS"));
    CHECK_THAT(healthy.said("bridge", "ok"), ContainsSubstring("the link is up"));
    CHECK_THAT(healthy.said("broker", "ok"), ContainsSubstring("Mosquitto "));
}

TEST_CASE("doctor finds what is broken in the files of an appliance") {
    const Appliance appliance;
    check_rights(appliance);
    check_texts(appliance);
    check_certificates(appliance);
}

TEST_CASE("doctor finds what does not run") {
    Appliance appliance;
    appliance.start();
    REQUIRE(appliance.wait_for_link(true));

    appliance.cloud().kill();
    REQUIRE(appliance.wait_for_link(false));
    CHECK_THAT(visit(appliance).said("bridge", "FAIL"), ContainsSubstring("the link to the cloud"));

    appliance.write_sections("[sensor gone]\ndriver = file\npath = /nonexistent\nevery = 100ms\n");
    appliance.daemon().signal(SIGHUP);
    REQUIRE(appliance.wait_for_status([](const nlohmann::json& status) {
        return status["sensors"].contains("gone") &&
               status["sensors"]["gone"]["state"] == "offline";
    }));
    CHECK_THAT(visit(appliance).said("sensors", "FAIL"), ContainsSubstring("gone is offline: "));

    appliance.daemon().stop();
    CHECK(visit(appliance).said("sensors", "FAIL") == "the daemon does not run\n");

    // Mosquitto 2.0.11 may abort, or not end, when its bridge has just failed to connect.
    appliance.broker().kill();
    const auto dead = visit(appliance);
    CHECK(dead.code == cli::exit_no);
    CHECK_THAT(dead.said("plugin", "FAIL"), ContainsSubstring("cannot be asked"));
    CHECK_THAT(dead.said("listeners", "FAIL"), ContainsSubstring("nothing listens on port"));
}

TEST_CASE("doctor finds a broker that lets anybody in and speaks without TLS") {
    const Appliance appliance;
    ReservedPort here;
    ReservedPort everywhere;
    test::Program broker("stranger",
                         stranger(appliance, fmt::format("allow_anonymous true\n"
                                                         "listener {} 127.0.0.1\n"
                                                         "listener {} 0.0.0.0\n",
                                                         here.number(), everywhere.number())));
    broker.start();
    REQUIRE(broker.wait_for_log("running"));
    const auto found = visit(appliance);
    CAPTURE(found.report.dump(2));
    CHECK_THAT(found.said("plugin", "FAIL"), ContainsSubstring("show no password") &&
                                                 ContainsSubstring("without Holdfast's plugin"));
    CHECK_THAT(found.said("listeners", "note"),
               ContainsSubstring(fmt::format("port {} on 127.0.0.1 is open to programs of this "
                                             "machine, without TLS",
                                             here.number())));
    CHECK_THAT(found.said("listeners", "FAIL"),
               ContainsSubstring(fmt::format("port {} on 0.0.0.0 is open to every network of this "
                                             "machine, without TLS",
                                             everywhere.number())));
    broker.stop();
}
