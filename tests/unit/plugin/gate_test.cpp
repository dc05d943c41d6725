#include "plugin/gate.hpp"
#include "recording_broker.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

using Answer = Gate::Answer;

namespace {

constexpr std::string_view policy_text = "user alice\nclientid alice-*\n";

struct Site {
    explicit Site(bool with_password, bool name_from_everybody = false)
        : gate(Credentials(users()), Revocations(), {with_password, name_from_everybody}, audit,
               counters) {}

    static Users users() {
        Users made;
        for (const auto* name : {"alice", "bob"}) {
            made.set(name, PasswordHash::make("apple", 10));
        }
        made.disable("bob");
        return made;
    }
    Answer by_certificate(std::optional<std::string> name, std::optional<std::string_view> user,
                          std::optional<std::string_view> password = std::nullopt,
                          std::string_view id = "alice-1") {
        const ClientCertificate certificate{true, std::move(name), "CA+1"};
        return gate.login({{{user, id}, "10.0.0.7", this}, user, password, certificate}, policy,
                          false, 1s);
    }
    Answer nameless(std::optional<ClientCertificate> certificate = std::nullopt) {
        return gate.login({{{std::nullopt, "x"}, "10.0.0.7", this}, {}, {}, std::move(certificate)},
                          policy, false, 1s);
    }
    bool logged(const std::string& part) const { return log.find(part) != std::string::npos; }

    std::string log;
    test::RecordingBroker broker;
    Counters counters;
    Audit audit{Log([this](Log::Level, const std::string& line) { log += line; }), broker};
    Policy policy{parse_policy(policy_text, "policy")};
    Gate gate;
};

} // namespace

TEST_CASE("who gives no name is the broker's affair or is told how to get one") {
    const ClientCertificate unnamed{false, std::nullopt, "CA+1"};
    Site open(false);
    CHECK(open.nameless() == Answer::not_asked);
    CHECK(open.nameless(unnamed) == Answer::not_asked);
    CHECK(open.log.empty());
    Site closed(false, true);
    CHECK(closed.nameless() == Answer::no);
    CHECK(closed.nameless(unnamed) == Answer::no);
    CHECK(closed.logged("no user name; 'holdfast user add NAME' makes a user"));
    CHECK(closed.counters.logins_refused == 2);
}

TEST_CASE("a certificate of a known user gets in without a password") {
    Site site(false);
    CHECK(site.by_certificate("alice", std::nullopt) == Answer::yes);
    CHECK(site.by_certificate("alice", "alice") == Answer::yes);
    CHECK(site.gate.sessions() == 1);
    CHECK(site.counters.logins == 2);
    CHECK(site.gate.credentials().slow_checks() == 0);
}

TEST_CASE("a certificate that TLS accepted gets nobody in who may not") {
    struct Row {
        std::optional<std::string> name;
        std::optional<std::string_view> user;
        std::string id;
        std::string reason;
    };
    const auto row = GENERATE(values<Row>({
        {"bob", std::nullopt, "alice-1", "the user of the certificate is unknown or disabled"},
        {"carol", std::nullopt, "alice-1", "the user of the certificate is unknown or disabled"},
        {std::nullopt, "alice", "alice-1", "the certificate does not name one user"},
        {"alice", "bob", "alice-1", "the user name is not the one of the certificate"},
        {"alice", std::nullopt, "bob-1", "the user may not log in with this client id"},
    }));
    Site site(false);
    CAPTURE(row.reason);
    CHECK(site.by_certificate(row.name, row.user, "apple", row.id) == Answer::no);
    CHECK(site.logged(row.reason));
    CHECK(site.gate.sessions() == 0);
    CHECK(site.counters.logins_refused == 1);
}

TEST_CASE("certificate and password can be required together") {
    Site site(true);
    CHECK(site.by_certificate("alice", "alice", "apple") == Answer::yes);
    CHECK(site.by_certificate("alice", std::nullopt, "apple") == Answer::yes);
    CHECK(site.by_certificate("alice", "alice", "banana") == Answer::no);
    CHECK(site.by_certificate("alice", "alice") == Answer::no);
    CHECK(site.logged("no password"));
    CHECK(site.by_certificate("bob", "bob", "apple") == Answer::no);
}

TEST_CASE("a revoked certificate is refused also where it names nobody") {
    Site site(false);
    const ClientCertificate nobody{false, std::nullopt, "CA+1"};
    const Login anonymous{{{std::nullopt, "c"}, "10.0.0.7"}, std::nullopt, std::nullopt, nobody};
    CHECK(site.gate.login(anonymous, site.policy, false, 1s) == Answer::not_asked);
    const Login alice{{{"alice", "alice-1"}, "10.0.0.7", &site}, "alice", "apple", nobody};
    CHECK(site.gate.login(alice, site.policy, false, 1s) == Answer::yes);
    CHECK(site.gate.unwelcome(site.policy).empty());
    site.gate.replace(site.gate.credentials().users(), Revocations::of({"CA+1"}));
    CHECK(site.gate.unwelcome(site.policy) == std::vector<std::string>{"alice-1"});
    CHECK(site.gate.login(anonymous, site.policy, false, 1s) == Answer::no);
    CHECK(site.gate.login(alice, site.policy, false, 1s) == Answer::no);
    CHECK(site.logged("the certificate is revoked"));
}

TEST_CASE("who gives neither name nor certificate is the business of the broker") {
    Site site(false);
    const Login nobody{{{std::nullopt, "c"}, "10.0.0.7"}, std::nullopt, std::nullopt};
    CHECK(site.gate.login(nobody, site.policy, false, 1s) == Answer::not_asked);
    CHECK(site.log.empty());
}
