#include "cli/options.hpp"
#include "cli/status/feed.hpp"
#include "config/settings.hpp"
#include "core/atomic_file.hpp"
#include "support/appliance.hpp"
#include "support/captured_output.hpp"
#include "support/catch.hpp"

#include <nlohmann/json.hpp>

using namespace holdfast;
using namespace std::chrono_literals;
using test::Appliance;

namespace {

struct Answer {
    int code;
    std::string text;
};

Answer status(const Appliance& appliance, cli::Arguments words = {}) {
    words.insert(words.end(), {"--dir", appliance.folder().string(), "--timeout", "60"});
    Answer answer{-1, {}};
    answer.text = test::output_of([&] { answer.code = cli::run_status(words); });
    return answer;
}

} // namespace

TEST_CASE("status tells of a live appliance and of one whose parts are away") {
    Appliance appliance;
    const auto dead = status(appliance);
    CHECK(dead.code == cli::exit_no);
    CHECK_THAT(dead.text, ContainsSubstring("the local broker cannot be asked"));

    appliance.start();
    REQUIRE(appliance.wait_for_link(true));
    const auto live = status(appliance);
    CAPTURE(live.text);
    CHECK(live.code == cli::exit_fine);
    CHECK_THAT(live.text, ContainsSubstring("greenhouse: the daemon runs") &&
                              ContainsSubstring("rows without a receipt") &&
                              ContainsSubstring("  denied "));
    CHECK(live.text.find('\x1b') == std::string::npos); // a file is no terminal
    const auto json = nlohmann::json::parse(status(appliance, {"--json"}).text);
    CHECK(json["daemon"]["online"] == true);
    CHECK(json["counters"].is_object());
    CHECK_THROWS_AS(status(appliance, {"--watch"}), cli::UsageError);

    write_file(appliance.folder() / "certs/phone.crt", "", FileMode::public_);
    CHECK_THAT(status(appliance).text, ContainsSubstring("phone.crt: is empty"));

    appliance.daemon().stop();
    const auto without = status(appliance);
    CHECK(without.code == cli::exit_no);
    CHECK_THAT(without.text, ContainsSubstring("the daemon does not run"));
}

TEST_CASE("a watched status follows the daemon until it is told enough") {
    Appliance appliance;
    appliance.start();
    std::size_t shown = 0;
    bool went = false;
    cli::follow_status(config::load_settings(appliance.config_file()), appliance.folder(), 60s,
                       true, [&](const cli::Standing& standing) {
                           if (++shown == 1) {
                               CHECK(standing.daemon_runs());
                               appliance.daemon().stop();
                           }
                           went = !standing.daemon_runs();
                           return !went;
                       });
    CHECK(went);
    CHECK(shown >= 2);
}
