#include "edge/journal.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::edge;

TEST_CASE("the journal gets the fields of a line apart under names that it takes") {
    CHECK(journal_entry(Log::Level::warning, "sensor offline sensor=soil",
                        {{"sensor", "soil"}, {"next-try", 12}}) ==
          std::vector<std::string>{"MESSAGE=sensor offline sensor=soil", "PRIORITY=4",
                                   "SYSLOG_IDENTIFIER=holdfast-edge", "HOLDFAST_SENSOR=soil",
                                   "HOLDFAST_NEXT_TRY=12"});
}

TEST_CASE("a value with a line feed stays one field") {
    const auto entry = journal_entry(Log::Level::info, "line", {{"reason", "a\nPRIORITY=0"}});
    CHECK(entry.back() == "HOLDFAST_REASON=a\nPRIORITY=0");
    CHECK(entry.size() == 4);
}
