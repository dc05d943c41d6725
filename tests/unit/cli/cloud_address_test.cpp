#include "cli/cloud/address.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::cli;

TEST_CASE("the address of a cloud is read") {
    struct Row {
        std::string_view text;
        CloudAddress address;
    };
    for (const auto& row : {
             Row{"mosquitto://broker.example.org", {"mosquitto", "broker.example.org", 8883}},
             Row{"mosquitto://203.0.113.7:443", {"mosquitto", "203.0.113.7", 443}},
             Row{"aws://a1-ats.iot.eu-west-1.amazonaws.com",
                 {"aws-iot-core", "a1-ats.iot.eu-west-1.amazonaws.com", 8883}},
             Row{"aws://a1-ats.iot.eu-west-1.amazonaws.com:443",
                 {"aws-iot-core", "a1-ats.iot.eu-west-1.amazonaws.com", 443}},
         }) {
        CAPTURE(row.text);
        CHECK(parse_cloud_address(row.text) == row.address);
    }
}

TEST_CASE("an address of a cloud that says too little is refused with what is missing") {
    struct Row {
        std::string_view text;
        std::string reason;
    };
    for (const auto& row : {
             Row{"", "which kind of broker"},
             Row{"broker.example.org", "which kind of broker"},
             Row{"mqtts://broker.example.org", "which kind of broker"},
             Row{"mosquitto://", "the host is a name"},
             Row{"mosquitto://:8883", "the host is a name"},
             Row{"mosquitto://[::1]:8883", "the host is a name"},
             Row{"mosquitto://user@host", "the host is a name"},
             Row{"mosquitto://host/path", "the host is a name"},
             Row{"mosquitto://two words", "the host is a name"},
             Row{"mosquitto://host\naddress=evil", "the host is a name"},
             Row{"mosquitto://host:", "the port is a number"},
             Row{"mosquitto://host:0", "the port is a number"},
             Row{"mosquitto://host:65536", "the port is a number"},
             Row{"mosquitto://host:8883x", "the port is a number"},
         }) {
        CAPTURE(row.text);
        CHECK_THROWS_WITH(parse_cloud_address(row.text),
                          ContainsSubstring(row.reason) && ContainsSubstring("mosquitto://HOST"));
    }
}
