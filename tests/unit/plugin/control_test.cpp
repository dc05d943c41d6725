#include "plugin/control.hpp"
#include "support/catch.hpp"

#include <string>

using namespace holdfast;

TEST_CASE("the one command is understood") {
    CHECK(control::parse(R"({"command":"kick-bridge"})") == control::Command::kick_bridge);
    CHECK(control::parse(" { \"command\" : \"kick-bridge\" }\n") == control::Command::kick_bridge);
}

TEST_CASE("whatever is not a command is none") {
    const auto* text =
        GENERATE("", "kick-bridge", "{}", "[]", "null", R"("kick-bridge")", R"({"command":1})",
                 R"({"command":"kick"})", R"({"command":["kick-bridge"]})",
                 R"({"command":"kick-bridge","now":true})", R"({"command":"kick-bridge")");
    CHECK_FALSE(control::parse(text));
}

TEST_CASE("a command that is too long is none") {
    const std::string blanks(control::most_bytes, ' ');
    CHECK_FALSE(control::parse(blanks + R"({"command":"kick-bridge"})"));
    CHECK_FALSE(control::parse(std::string(1 << 20, '[')));
}
