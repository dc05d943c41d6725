#include "core/error.hpp"
#include "plugin/explain.hpp"
#include "support/catch.hpp"

using namespace holdfast;

namespace {

using Access = Question::Access;
using Reason = Decision::Reason;

const std::string house = "topic read open/#\n"        // 1
                          "role sensor\n"              // 2
                          "  topic write dev/%u/#  \n" // 3
                          "from 10.0.0.0/8\n"          // 4
                          "user alice\n"               // 5
                          "is sensor\n"                // 6
                          "clientid %u-*\n"            // 7
                          "topic deny dev/+/key\n"     // 8
                          "pattern read own/%c\n";     // 9

} // namespace

TEST_CASE("an explanation has the line that decided and whose it is") {
    struct Row {
        Question question;
        bool allowed;
        Reason reason;
        unsigned line;
        std::string text;
        std::string role;
    };
    const auto row = GENERATE(values<Row>({
        {{std::nullopt, "c", std::nullopt, Access::read, "open/x"},
         true,
         Reason::rule,
         1,
         "topic read open/#",
         ""},
        {{"alice", "alice-1", std::nullopt, Access::write, "dev/alice/x"},
         true,
         Reason::rule,
         3,
         "topic write dev/%u/#",
         "sensor"},
        {{"alice", "alice-1", "10.0.0.7", Access::write, "dev/alice/key"},
         false,
         Reason::rule,
         8,
         "topic deny dev/+/key",
         ""},
        {{"alice", "alice-1", "11.0.0.7", Access::write, "dev/alice/x"},
         false,
         Reason::address,
         4,
         "from 10.0.0.0/8",
         "sensor"},
        {{"alice", "bob-1", std::nullopt, Access::write, "dev/alice/x"},
         false,
         Reason::client_id,
         7,
         "clientid %u-*",
         ""},
        {{"carol", "c", std::nullopt, Access::subscribe, "own/#"},
         true,
         Reason::rule,
         9,
         "pattern read own/%c",
         ""},
        {{"carol", "c", std::nullopt, Access::subscribe, "open/#"},
         false,
         Reason::unreadable,
         0,
         "",
         ""},
        {{"carol", "c", std::nullopt, Access::write, "holdfast/audit/x"},
         false,
         Reason::reserved,
         0,
         "",
         ""},
    }));
    CAPTURE(row.question.topic, row.question.client);
    const auto answer = explain(house, "policy", row.question);
    CHECK(answer.decision.allowed == row.allowed);
    CHECK(answer.decision.reason == row.reason);
    CHECK(answer.decision.line == row.line);
    CHECK(answer.text == row.text);
    CHECK(answer.role == row.role);
}

TEST_CASE("a policy that is not valid is not explained") {
    CHECK_THROWS_AS(explain("topik x\n", "policy", {"a", "c", std::nullopt, Access::read, "x"}),
                    InputError);
}
