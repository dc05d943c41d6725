#include "core/error.hpp"
#include "plugin/network.hpp"
#include "support/catch.hpp"

using namespace holdfast;

TEST_CASE("a network holds the addresses that begin as it does") {
    struct Row {
        std::string network;
        std::string address;
        bool contains;
    };
    const auto row = GENERATE(values<Row>({
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.0.0.0/8", "::ffff:10.1.2.3", true},
        {"::ffff:10.0.0.0/104", "10.1.2.3", true},
        {"192.168.6.0/23", "192.168.7.255", true},
        {"192.168.6.0/23", "192.168.8.0", false},
        {"10.0.0.7", "10.0.0.7", true},
        {"10.0.0.7", "10.0.0.6", false},
        {"0.0.0.0/0", "1.2.3.4", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "1.2.3.4", true},
        {"fd00::/8", "fdff::1", true},
        {"fd00::/8", "fe80::1", false},
        {"::1", "::1", true},
    }));
    CAPTURE(row.network, row.address);
    const auto address = parse_address(row.address);
    REQUIRE(address);
    CHECK(Network::parse(row.network).contains(*address) == row.contains);
}

TEST_CASE("what is no network is refused with the reason") {
    struct Row {
        std::string text;
        std::string message;
    };
    const auto row = GENERATE(values<Row>({
        {"10.0.0", "\"10.0.0\" is no IP address or network; a line reads: from 10.0.0.0/8"},
        {"", "\"\" is no IP address or network; a line reads: from 10.0.0.0/8"},
        {"10.0.0.1/8", "\"10.0.0.1/8\" has bits set beyond its prefix"},
    }));
    CHECK_THROWS_WITH(Network::parse(row.text), row.message);
    const auto bad_prefix =
        GENERATE(as<std::string>(), "10.0.0.0/33", "10.0.0.0/", "::/129", "10.0.0.0/8x", "::/-1");
    CHECK_THROWS_AS(Network::parse(bad_prefix), Error);
}

TEST_CASE("text that is no address has none") {
    const auto text = GENERATE(as<std::string>(), "", "10.0.0.256", "/run/mosquitto.sock",
                               "fe80::1%eth0", std::string(100, '1'));
    CHECK_FALSE(parse_address(text));
}
