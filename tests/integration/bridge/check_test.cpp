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

#include <functional>
#include <memory>

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

/// A mistake that somebody really makes, and what the check alone says of it.
struct Mistake {
    std::string name;
    std::string said;
    /// Makes it; what it gives has to live as long as the check takes.
    std::function<std::shared_ptr<void>(CheckStage&)> make;
    std::vector<std::string> words = {};
};

certs::Authority somebody_else(const CheckStage& stage) {
    return certs::Authority::create(stage.folder() / "other", "somebody else", system_clock::now());
}

std::shared_ptr<void> with_server(CheckStage& stage, const std::string& name, certs::TimePoint from,
                                  std::chrono::days lifetime) {
    stage.issue_server({name, "192.0.2.7"}, from, lifetime);
    stage.start_cloud();
    return {};
}

std::shared_ptr<void> with_other_ca(CheckStage& stage) {
    write_file(stage.folder() / "certs/cloud-ca.crt", somebody_else(stage).certificate_pem(),
               FileMode::public_);
    stage.start_cloud();
    return {};
}

std::shared_ptr<void> with_other_certificate(CheckStage& stage) {
    certs::save(somebody_else(stage).issue(
                    {.purpose = certs::Purpose::client, .common_name = CheckStage::site},
                    system_clock::now()),
                stage.folder() / "certs", "bridge");
    stage.start_cloud();
    return {};
}

std::shared_ptr<void> with_other_key(CheckStage& stage) {
    write_file(stage.folder() / "certs/bridge.key", read_file(stage.folder() / "certs/server.key"),
               FileMode::secret);
    return {};
}

std::shared_ptr<void> with_refused_id(CheckStage& stage) {
    stage.append("mosquitto.conf", "clientid_prefixes other-\n");
    stage.start_cloud();
    return {};
}

std::shared_ptr<void> with_port_of_another(CheckStage& stage) {
    auto plain = std::make_shared<Broker>();
    stage.write_config(plain->port());
    return plain;
}

std::shared_ptr<void> with_firewall(CheckStage& stage) {
    auto port = std::make_shared<DroppingPort>();
    stage.write_config(port->number());
    return port;
}

std::shared_ptr<void> with_silent_network(CheckStage& stage) {
    auto network = std::make_shared<TcpProxy>(stage.site_port());
    network->black_hole();
    stage.write_config(network->port());
    return network;
}

const std::vector<Mistake> of_certificates{
    {"another host's name",
     "FAIL  TLS: the server's certificate is not for '127.0.0.1' but for cloud.example, 192.0.2.7",
     [](auto& stage) { return with_server(stage, "cloud.example", system_clock::now(), year); }},
    {"a server's certificate that has expired",
     "FAIL  TLS: the certificate of cloud broker expired on ",
     [](auto& stage) {
         return with_server(stage, "127.0.0.1", system_clock::now() - year, std::chrono::days(30));
     }},
    {"a server's certificate that is not valid yet",
     "FAIL  TLS: the certificate of cloud broker is not valid before ",
     [](auto& stage) {
         return with_server(stage, "127.0.0.1", system_clock::now() + std::chrono::days(30), year);
     }},
    {"a CA that is not the cloud's",
     "FAIL  TLS: the server's certificate is signed by 'cloud of greenhouse', which is not the CA "
     "in ",
     with_other_ca},
    {"a certificate of ours that the cloud does not know",
     "FAIL  TLS: the cloud refuses our certificate ", with_other_certificate},
    {"a key that is not the certificate's, without connecting",
     "bridge.crt does not belong to the key ",
     with_other_key,
     {"--offline"}},
};

const std::vector<Mistake> of_the_way{
    {"a client id that the cloud refuses",
     "FAIL  MQTT: the cloud refused the client id 'holdfast-greenhouse' (CONNACK 5): allow the id "
     "there",
     with_refused_id},
    {"a port where nothing listens", "refuses the connection: nothing listens on port ",
     [](auto& /*its cloud does not run*/) { return nullptr; }},
    {"a port that is not for TLS", "does not speak TLS: 'port' in [cloud] is probably wrong",
     with_port_of_another},
    {"a firewall that drops what is sent",
     "does not answer at all: a firewall on the way drops the packets",
     with_firewall,
     {"--timeout", "2"}},
    {"a way on which TCP works and nothing else",
     "took the TCP connection and then said nothing",
     with_silent_network,
     {"--timeout", "2"}},
};

/// By its own message, and by that of no other.
void is_told(const Mistake& mistake) {
    INFO("with " << mistake.name);
    CheckStage stage;
    const auto kept = mistake.make(stage);
    const auto answer = stage.check(mistake.words);
    INFO(answer.text);
    CHECK(answer.status == 1);
    CHECK(answer.says(mistake.said));
    for (const auto* const kind : {&of_certificates, &of_the_way}) {
        for (const auto& other : *kind) {
            CHECK((other.name == mistake.name || !answer.says(other.said)));
        }
    }
}

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

TEST_CASE("the check tells each mistake with certificates and names by a message of its own") {
    for (const auto& mistake : of_certificates) {
        is_told(mistake);
    }
}

TEST_CASE("the check tells each mistake on the way to the cloud by a message of its own") {
    for (const auto& mistake : of_the_way) {
        is_told(mistake);
    }
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
