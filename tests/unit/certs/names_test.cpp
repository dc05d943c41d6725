#include "certs/alt_name.hpp"
#include "certs/host_names.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

#include <algorithm>

using namespace holdfast;
using namespace holdfast::certs;

TEST_CASE("names and addresses are told apart and brought into one writing") {
    struct Row {
        std::string given;
        AltName::Kind kind;
        std::string text;
    };
    using enum AltName::Kind;
    const auto row = GENERATE(values<Row>({
        {"Pi.LOCAL", dns, "pi.local"},
        {"my_service", dns, "my_service"},
        {"*.farm.example", dns, "*.farm.example"},
        {"3com.example", dns, "3com.example"},
        {std::string(63, 'a'), dns, std::string(63, 'a')},
        {"192.168.1.5", address, "192.168.1.5"},
        {"2001:DB8:0:0::1", address, "2001:db8::1"},
        {"::ffff:10.0.0.1", address, "::ffff:10.0.0.1"},
    }));
    const AltName name(row.given);
    CHECK(name.kind() == row.kind);
    CHECK(name.str() == row.text);
}

TEST_CASE("a text that is no name is refused with the rule that it breaks") {
    struct Row {
        std::string given;
        std::string rule;
    };
    const auto row = GENERATE(values<Row>({
        {"", "is empty"},
        {"a..b", "empty part"},
        {"pi.", "empty part"},
        {"-pi", "begins or ends with '-'"},
        {"pi-", "begins or ends with '-'"},
        {"two words", "has a character other than"},
        {"pi:8883", "has a character other than"},
        {"[::1]", "has a character other than"},
        {"fe80::1%eth0", "has a character other than"},
        {"pi,DNS:evil", "has a character other than"},
        {std::string("10.0.0.1\0.evil", 14), "has a character other than"},
        {"k\xc3\xbc"
         "che",
         "has a character other than"},
        {"300.1.1.1", "is neither an IP address nor a DNS name"},
        {"*", "not followed by at least two parts"},
        {"*.local", "not followed by at least two parts"},
        {"a.*.b", "has a character other than"},
        {std::string(64, 'a'), "more than 63 bytes"},
        {std::string(127, 'a') + "." + std::string(127, 'a'), "more than 253 bytes"},
    }));
    CHECK_THROWS_WITH(AltName(row.given), ContainsSubstring(row.rule));
}

TEST_CASE("a server has the names of its host and every address that needs no zone") {
    const std::vector<std::string> addresses{"127.0.0.1", "192.168.1.5", "169.254.3.4", "fe80::1",
                                             "febf::1",   "2001:db8::5", "192.168.1.5"};
    const std::vector<std::string> extra{"pi.example.com", "Farm.Example", "10.0.0.9"};
    CHECK(server_names("Pi.example.com", addresses, extra) ==
          std::vector<std::string>{"pi.example.com", "pi", "pi.local", "localhost", "127.0.0.1",
                                   "::1", "192.168.1.5", "2001:db8::5", "farm.example",
                                   "10.0.0.9"});
    CHECK(server_names("localhost", {}, {}) ==
          std::vector<std::string>{"localhost", "127.0.0.1", "::1"});
}

TEST_CASE("a hostname that is no DNS name is left out but such an extra name is an error") {
    CHECK(server_names("no good", {}, {}) ==
          std::vector<std::string>{"localhost", "127.0.0.1", "::1"});
    const std::vector<std::string> extra{"no good"};
    CHECK_THROWS_WITH(server_names("pi", {}, extra), ContainsSubstring("no good"));
}

TEST_CASE("this machine has at least its loopback names and each name once") {
    auto names = host_names();
    for (const auto* name : {"localhost", "127.0.0.1", "::1"}) {
        CHECK(std::count(names.begin(), names.end(), name) == 1);
    }
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}
