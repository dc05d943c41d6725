#include "plugin/control.hpp"
#include "support/catch.hpp"

#include <string>

using namespace holdfast;

TEST_CASE("a command is understood") {
    const control::Command kick = control::KickBridge{};
    CHECK(control::parse(R"({"command":"kick-bridge"})") == kick);
    CHECK(control::parse(" { \"command\" : \"kick-bridge\" }\n") == kick);
    const control::Command told = control::CertificateEvent{"server", "ends on Monday"};
    CHECK(control::parse(R"({"command":"certificate","name":"server","event":"ends on Monday"})") ==
          told);
}

TEST_CASE("whatever is not a command is none") {
    const auto* text = GENERATE(
        "", "kick-bridge", "{}", "[]", "null", R"("kick-bridge")", R"({"command":1})",
        R"({"command":"kick"})", R"({"command":["kick-bridge"]})",
        R"({"command":"kick-bridge","now":true})", R"({"command":"certificate"})",
        R"({"command":"certificate","name":"a"})",
        R"({"command":"certificate","name":"a","event":""})",
        R"({"command":"certificate","name":1,"event":"b"})",
        R"({"command":"certificate","name":"a","event":"b","c":1})", R"({"command":"kick-bridge")");
    CHECK_FALSE(control::parse(text));
}

TEST_CASE("a command that is too long is none") {
    const std::string blanks(control::most_bytes, ' ');
    CHECK_FALSE(control::parse(blanks + R"({"command":"kick-bridge"})"));
    CHECK_FALSE(control::parse(std::string(1 << 20, '[')));
}
