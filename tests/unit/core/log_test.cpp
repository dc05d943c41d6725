#include "core/log.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace holdfast;

TEST_CASE("a log line stays one line whatever its fields hold") {
    std::vector<std::string> lines;
    const Log log([&](Log::Level, const std::string& line) { lines.push_back(line); });
    log.warning("login refused", {{"user", "eve\nadmin"}, {"topic", "a b"}, {"tries", 3}});
    log.info("empty", {{"value", ""}, {"quote", "\"\\"}});
    log.debug("not asked for");
    CHECK(lines == std::vector<std::string>{
                       "login refused user=\"eve\\x0aadmin\" topic=\"a b\" tries=3",
                       "empty value=\"\" quote=\"\\\"\\\\\"",
                   });
}

TEST_CASE("a log with a place for fields gets them apart and the whole line too") {
    std::string got;
    const Log log([&](Log::Level, const std::string& line, Log::Fields fields) {
        got = line + "|" + std::string(fields.begin()->name) + "|" + fields.begin()->value;
    });
    log.info("login refused", {{"user", "a b"}});
    CHECK(got == "login refused user=\"a b\"|user|a b");
}
