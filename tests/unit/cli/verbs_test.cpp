#include "cli/options.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace holdfast;
using namespace holdfast::cli;

namespace po = boost::program_options;

TEST_CASE("every verb refuses words and options that it does not know") {
    for (const auto run : {run_demo, run_init, run_render}) {
        CHECK_THROWS_AS(run({"--no-such-option"}), po::error);
        CHECK_THROWS_AS(run({"word"}), po::error);
    }
}

TEST_CASE("a required option that is missing is named") {
    CHECK_THROWS_WITH(run_init({}), ContainsSubstring("--site"));
}

TEST_CASE("an outage has a length that makes sense") {
    for (const auto* length : {"0", "4", "86401", "1ms", "25h"}) {
        CHECK_THROWS_AS(run_demo({"--outage", length}), UsageError);
    }
}

TEST_CASE("render says which configuration is missing") {
    const test::TempFolder folder;
    CHECK_THROWS_WITH(run_render({"--dir", folder.path().string()}),
                      ContainsSubstring((folder / "holdfast.conf").string()));
}
