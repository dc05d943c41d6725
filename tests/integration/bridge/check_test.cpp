// `holdfast bridge check` as a person runs it, against cloud brokers that really have each fault.

#include "core/atomic_file.hpp"
#include "core/unique_fd.hpp"
#include "integration/bridge/check_stage.hpp"
#include "support/broker.hpp"
#include "support/catch.hpp"
#include "support/tcp_proxy.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;
using std::chrono::system_clock;

namespace {

constexpr std::chrono::days year{365};

/// A port of loopback whose packets the kernel drops, as a firewall does: the queue of connections
/// that wait to be accepted is full.
class DroppingPort {
public:
    DroppingPort()
        : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        auto* const generic = reinterpret_cast<sockaddr*>(&address_);
        socklen_t length = sizeof address_;
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::bind(listener_.get(), generic, length) == 0);
        REQUIRE(::listen(listener_.get(), 0) == 0);
        REQUIRE(::getsockname(listener_.get(), generic, &length) == 0);
        for (int i = 0; i < 4; ++i) {
            waiting_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            // Some of them succeed, and those after that begin and wait.
            static_cast<void>(::connect(waiting_.back().get(), generic, length));
        }
    }
    std::uint16_t number() const { return ntohs(address_.sin_port); }

private:
    UniqueFd listener_;
    sockaddr_in address_{};
    std::vector<UniqueFd> waiting_;
};

} // namespace

TEST_CASE("the check proves a way that works on every topic") {
    CheckStage stage;
    stage.start_cloud();
    const auto answer = stage.check();
    INFO(answer.text);
    CHECK(answer.status == 0);
    CHECK_FALSE(answer.says("FAIL"));
    CHECK(answer.says("MQTT: the cloud lets 'holdfast-greenhouse-check' in"));
    for (const auto* const topic :
         {"sensors/tide", "devices/holdfast-check", "sync", "gaps", "clock"}) {
        CHECK(answer.says(std::string("greenhouse/") + topic + " came back after "));
    }
    const auto silent = stage.check({"--no-messages"});
    CHECK(silent.status == 0);
    CHECK_FALSE(silent.says("came back"));
    const auto offline = stage.check({"--offline"});
    CHECK(offline.status == 0);
    CHECK_FALSE(offline.says("TCP"));
}

TEST_CASE("the check names the names of a certificate that is for another host") {
    CheckStage stage;
    stage.issue_server({"cloud.example", "192.0.2.7"}, system_clock::now(), year);
    stage.start_cloud();
    const auto answer = stage.check();
    CHECK(answer.status == 1);
    CHECK(answer.says("FAIL  TLS: the server's certificate is not for '127.0.0.1' but for "
                      "cloud.example, 192.0.2.7"));
}

TEST_CASE("the check tells an expired certificate of the cloud") {
    CheckStage stage;
    stage.issue_server({"127.0.0.1"}, system_clock::now() - year, std::chrono::days(30));
    stage.start_cloud();
    const auto answer = stage.check();
    CHECK(answer.status == 1);
    CHECK(answer.says("FAIL  TLS: the certificate of cloud broker expired on "));
}

TEST_CASE("the check tells a certificate of the cloud that is not valid yet") {
    CheckStage stage;
    stage.issue_server({"127.0.0.1"}, system_clock::now() + std::chrono::days(30), year);
    stage.start_cloud();
    const auto answer = stage.check();
    CHECK(answer.status == 1);
    CHECK(answer.says("FAIL  TLS: the certificate of cloud broker is not valid before "));
}

TEST_CASE("the check tells a CA that is not the cloud's") {
    CheckStage stage;
    const auto other =
        certs::Authority::create(stage.folder() / "other", "somebody else", system_clock::now());
    write_file(stage.folder() / "certs/cloud-ca.crt", other.certificate_pem(), FileMode::public_);
    stage.start_cloud();
    const auto answer = stage.check();
    CHECK(answer.status == 1);
    CHECK(answer.says("FAIL  TLS: the server's certificate is signed by 'cloud of greenhouse', "
                      "which is not the CA in "));
}

TEST_CASE("the check tells a certificate of ours that the cloud does not know") {
    CheckStage stage;
    const auto other =
        certs::Authority::create(stage.folder() / "other", "somebody else", system_clock::now());
    certs::save(other.issue({.purpose = certs::Purpose::client, .common_name = CheckStage::site},
                            system_clock::now()),
                stage.folder() / "certs", "bridge");
    stage.start_cloud();
    const auto answer = stage.check();
    CHECK(answer.status == 1);
    CHECK(answer.says("FAIL  TLS: the cloud refuses our certificate "));
}

TEST_CASE("the check tells a key that is not the certificate's without connecting") {
    CheckStage stage;
    write_file(stage.folder() / "certs/bridge.key", read_file(stage.folder() / "certs/server.key"),
               FileMode::secret);
    const auto answer = stage.check({"--offline"});
    CHECK(answer.status == 1);
    CHECK(answer.says("bridge.crt does not belong to the key "));
}

TEST_CASE("the check tells a client id that the cloud refuses") {
    CheckStage stage;
    stage.append("mosquitto.conf", "clientid_prefixes other-\n");
    stage.start_cloud();
    const auto answer = stage.check();
    CHECK(answer.status == 1);
    CHECK(answer.says("FAIL  MQTT: the cloud refused the client id 'holdfast-greenhouse' "
                      "(CONNACK 5): allow the id there"));
}

TEST_CASE("the check tells a port where nothing listens") {
    const CheckStage stage; // its cloud does not run
    const auto answer = stage.check();
    CHECK(answer.status == 1);
    CHECK(answer.says("refuses the connection: nothing listens on port "));
}

TEST_CASE("the check tells a port that is not for TLS") {
    const CheckStage stage;
    const Broker plain;
    stage.write_config(plain.port());
    const auto answer = stage.check();
    CHECK(answer.status == 1);
    CHECK(answer.says("does not speak TLS"));
    CHECK(answer.says("'port' in [cloud] is probably wrong"));
}

TEST_CASE("the check tells a firewall that drops what is sent") {
    const CheckStage stage;
    const DroppingPort port;
    stage.write_config(port.number());
    const auto answer = stage.check({"--timeout", "2"});
    CHECK(answer.status == 1);
    CHECK(answer.says("does not answer at all: a firewall on the way drops the packets"));
}

TEST_CASE("the check tells a way on which TCP works and nothing else") {
    const CheckStage stage;
    TcpProxy network(stage.site_port());
    network.black_hole();
    stage.write_config(network.port());
    const auto answer = stage.check({"--timeout", "2"});
    CHECK(answer.status == 1);
    CHECK(answer.says("took the TCP connection and then said nothing"));
}

TEST_CASE("the check names each topic that the cloud does not let through and proves the others") {
    CheckStage stage;
    stage.replace(
        "acl", "pattern readwrite %u/#\n",
        "pattern readwrite %u/sensors/#\npattern readwrite %u/sync\n"
        "pattern readwrite %u/gaps\npattern readwrite %u/clock\npattern write %u/devices/#\n");
    stage.start_cloud();
    const auto answer = stage.check({"--timeout", "20"});
    INFO(answer.text);
    CHECK(answer.status == 1);
    CHECK(answer.says("ok    greenhouse/sensors/tide came back after "));
    CHECK(answer.says("FAIL  greenhouse/devices/holdfast-check: the cloud took it and did not send "
                      "it back"));
}

TEST_CASE("the check tells a configuration that was not rendered and a key open to everybody") {
    const CheckStage stage;
    const auto file = stage.folder() / "holdfast.conf";
    write_file(file, read_file(file) + "\n[sensor more]\ndriver = sim\ntopic = attic/more\n",
               FileMode::public_);
    std::filesystem::permissions(stage.folder() / "certs/bridge.key",
                                 std::filesystem::perms::others_read,
                                 std::filesystem::perm_options::add);
    const auto answer = stage.check({"--offline"});
    CHECK(answer.status == 1);
    CHECK(answer.says("bridge.conf is not what holdfast.conf asks for: 'holdfast render'"));
    CHECK(answer.says("everybody on this machine can use the key "));
}

TEST_CASE("the check ends with the line of a configuration that is wrong") {
    const CheckStage stage;
    const auto file = stage.folder() / "holdfast.conf";
    write_file(file, "[site]\nname = a/b\n", FileMode::public_);
    const auto answer = stage.check();
    CHECK(answer.status == 1);
    CHECK(answer.says("holdfast.conf:2: "));
}
