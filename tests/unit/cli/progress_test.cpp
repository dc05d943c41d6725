#include "cli/progress.hpp"
#include "support/catch.hpp"

using namespace holdfast::cli;

TEST_CASE("a bar shows how much of the whole is done and never more") {
    CHECK(progress_text("packing", 0, 400) == "packing  [                    ]   0 %");
    CHECK(progress_text("packing", 100, 400) == "packing  [#####               ]  25 %");
    CHECK(progress_text("packing", 400, 400) == "packing  [####################] 100 %");
    CHECK(progress_text("packing", 900, 400) == "packing  [####################] 100 %");
}

TEST_CASE("progress towards an end that nobody knows is a number") {
    CHECK(progress_text("readings", 1234, 0) == "readings  1234");
}
