// kill -9 and clean restarts of every program, at every phase of an outage: nothing is lost.

#include "fault_table.hpp"
#include "phase.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/deliveries.hpp"
#include "support/eventually.hpp"

#include <array>
#include <filesystem>
#include <functional>
#include <random>
#include <thread>
#include <utility>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

/// Of messages handed over without a receipt.
struct Window {
    std::uint64_t messages;
    std::string uplink; ///< lines of [uplink]
    std::string name;   ///< in the table
};

/// What may come twice is far less than what is sent.
const Window small_window{4, "max_in_flight = 4\nmax_batch = 512B\n", ""};
const Window usual_window{64, "", ", 64 in flight"};
constexpr std::uint64_t backlog = 100;

enum class End { kill, clean };

void end(Program& program, End how) {
    if (how == End::kill) {
        program.kill();
    } else {
        program.stop();
    }
}

/// Ends what it names while the appliance works, and starts it again.
struct Fault {
    bool daemon = false;
    bool broker = false;
    bool cloud = false;
    End how = End::kill;

    /// How many windows may come twice: each end of a connection to the cloud has the bridge send
    /// again what the cloud has not acknowledged, and the daemon what others may equal; a local
    /// broker that was killed has its old file besides; and the account's own reload is one more.
    std::uint64_t windows(Phase phase) const {
        return (phase == Phase::live ? 0U : 2U) + (broker ? 2U : 0U) + (cloud ? 2U : 0U) + 1U;
    }

    std::string name(Phase phase) const {
        std::string ended;
        for (const auto& [what, struck] :
             {std::pair("daemon", daemon), {"local broker", broker}, {"cloud broker", cloud}}) {
            ended += struck ? (ended.empty() ? "" : " and ") + std::string(what) : "";
        }
        const auto text = (how == End::kill ? "kill -9 of " : "restart of ") + ended;
        return text + ", " + name_of(phase);
    }

    void strike(Appliance& appliance) const {
        // The daemon first: it is the one that must not notice that the broker goes.
        if (daemon) {
            end(appliance.daemon(), how);
        }
        if (broker) {
            end(appliance.broker(), how);
        }
        if (cloud) {
            end(appliance.cloud(), how);
        }
    }

    void mend(Appliance& appliance) const {
        const auto log_end = appliance.daemon().log().size();
        if (cloud) {
            appliance.start_cloud();
        }
        if (broker) {
            appliance.start_broker();
        }
        if (daemon) {
            appliance.start_daemon();
        }
        if (daemon || broker) {
            // A killed broker has forgotten whom it keeps messages for, if it had not saved that.
            REQUIRE(
                appliance.daemon().wait_for_log("mqtt connected client=holdfast-capture", log_end));
        }
    }
};

class Chance {
public:
    // Another test with another seed; the same one in every run of it (--rng-seed).
    Chance()
        : engine_(Catch::rngSeed()) {}

    void pause(std::chrono::milliseconds longest) {
        std::uniform_int_distribution<std::int64_t> time(0, longest.count());
        std::this_thread::sleep_for(std::chrono::milliseconds(time(engine_)));
    }

private:
    std::mt19937 engine_;
};

void survives(const Fault& fault, Phase phase, const Window& window = small_window) {
    Chance chance;
    Appliance appliance({.uplink = window.uplink});
    appliance.start();
    appliance.publish("devices/thing/data", {"before", "before"});
    // What waits in the local broker alone goes with it; what the daemon has stored does not.
    REQUIRE(eventually([&] { return appliance.published_at_cloud() == 2; }, 30s));
    reach(appliance, phase, backlog);
    chance.pause(phase == Phase::draining ? 20ms : 400ms);
    fault.strike(appliance);
    chance.pause(300ms);
    if (fault.daemon && !fault.broker) {
        appliance.hear_everything();
    }
    const auto unproved = fault.daemon ? appliance.handed_over_unproved() : 0;
    fault.mend(appliance);
    const FaultLine line(fault.name(phase) + window.name);
    appliance.network().pass();
    appliance.publish("devices/thing/data", {"after", "after"});

    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(result.sent > 20);
    CHECK(result.duplicates <=
          fault.windows(phase) * window.messages * result.largest_message + unproved);
    CHECK(result.sequences <= 2);
}

void survives_in_every_phase(const Fault& fault) {
    for (const auto phase : every_phase) {
        survives(fault, phase);
    }
}

using StateFile = std::function<void(const std::filesystem::path&)>;

/// The local broker is killed while draining, and its file changed before it starts again. `before`
/// sees the file of the beginning, when messages of devices had just passed.
void survives_change_of_state(const std::string& fault, const StateFile& change,
                              const StateFile& before = {}) {
    Appliance appliance;
    appliance.start();
    appliance.publish("devices/thing/data", {"before", "before"});
    REQUIRE(eventually([&] { return appliance.published_at_cloud() == 2; }, 30s));
    const auto file = appliance.folder() / "state/mosquitto.db";
    REQUIRE(eventually([&] { return std::filesystem::exists(file); }, 30s));
    if (before) {
        before(file);
    }
    reach(appliance, Phase::draining);
    appliance.broker().kill();
    change(file);
    const FaultLine line(fault);
    appliance.start_broker();
    REQUIRE(appliance.wait_for_link(true));
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(result.sent > 20);
}

/// Nothing of it is left but what the restarted broker is told anew. The network is back after the
/// subscriber, who could not know what passed before.
void survives_a_forgetful_cloud(Phase phase) {
    Appliance appliance({.uplink = small_window.uplink});
    appliance.start();
    reach(appliance, phase, backlog);
    appliance.cloud().kill();
    appliance.network().cut();
    REQUIRE(std::filesystem::remove(appliance.cloud_folder() / "mosquitto.db"));
    const auto from = appliance.at_cloud().count();
    const FaultLine line("cloud broker loses its state, " + name_of(phase));
    appliance.start_cloud();
    appliance.network().pass();
    // What it has to keep for everybody is there again.
    CHECK(appliance.at_cloud().wait_for(is(Appliance::site + "/link", "1"), from, 60s));
    CHECK(appliance.at_cloud().wait_for(says(Appliance::site + "/status", "true"), from, 60s));
    const auto result = appliance.settle();
    line.write(result);
    CHECK(result.lost == 0);
    CHECK(result.sent > 20);
    CHECK(result.duplicates <= 5 * small_window.messages * result.largest_message);
    CHECK(result.sequences <= 2);
}

} // namespace

TEST_CASE("nothing is lost when the daemon is killed") {
    survives_in_every_phase({.daemon = true});
}

TEST_CASE("nothing is lost when the local broker is killed") {
    survives_in_every_phase({.broker = true});
}

TEST_CASE("nothing is lost when the cloud broker is killed") {
    survives_in_every_phase({.cloud = true});
}

TEST_CASE("nothing is lost when daemon and local broker are killed together") {
    survives_in_every_phase({.daemon = true, .broker = true});
}

TEST_CASE("nothing is lost when all three are killed together") {
    survives({.daemon = true, .broker = true, .cloud = true}, Phase::draining);
}

TEST_CASE("nothing is lost when daemon and cloud broker are killed together") {
    survives({.daemon = true, .cloud = true}, Phase::draining);
}

TEST_CASE("nothing is lost when local broker and cloud broker are killed together") {
    survives({.broker = true, .cloud = true}, Phase::draining);
}

TEST_CASE("nothing is lost when the cloud broker is killed and loses its state") {
    for (const auto phase : every_phase) {
        survives_a_forgetful_cloud(phase);
    }
}

// Hidden: for ./test long, which names the tag.
TEST_CASE("nothing is lost when a broker of the cloud is killed with another in every phase",
          "[long][.]") {
    survives_in_every_phase({.daemon = true, .cloud = true});
    survives_in_every_phase({.broker = true, .cloud = true});
    survives_in_every_phase({.daemon = true, .broker = true, .cloud = true});
}

TEST_CASE("nothing is lost when programs are killed while the usual window drains", "[long][.]") {
    // Of daemon, local broker and cloud broker, every choice of one, two and three.
    for (unsigned choice = 1; choice < 8; ++choice) {
        survives({.daemon = (choice & 1U) != 0,
                  .broker = (choice & 2U) != 0,
                  .cloud = (choice & 4U) != 0},
                 Phase::draining, usual_window);
    }
}

TEST_CASE("nothing is lost when the local broker loses its persistence file") {
    survives_change_of_state("local broker loses its file, while draining",
                             [](const auto& file) { std::filesystem::remove(file); });
}

TEST_CASE("nothing is lost when the local broker comes back with an old persistence file") {
    const TempFolder kept;
    survives_change_of_state(
        "local broker replays an old file, while draining",
        [&](const auto& file) {
            std::filesystem::copy_file(kept / "old", file,
                                       std::filesystem::copy_options::overwrite_existing);
        },
        [&](const auto& file) { std::filesystem::copy_file(file, kept / "old"); });
}

TEST_CASE("nothing is lost when the daemon is restarted") {
    survives_in_every_phase({.daemon = true, .how = End::clean});
}

TEST_CASE("nothing is lost when the local broker is restarted") {
    survives_in_every_phase({.broker = true, .how = End::clean});
}

TEST_CASE("nothing is lost when the cloud broker is restarted") {
    survives_in_every_phase({.cloud = true, .how = End::clean});
}

TEST_CASE("nothing is lost when the daemon is killed again and again") {
    Chance chance;
    Appliance appliance;
    appliance.start();
    for (int i = 0; i < 10; ++i) {
        appliance.daemon().kill();
        appliance.start_daemon();
        chance.pause(500ms);
    }
    CHECK(appliance.settle().lost == 0);
}
