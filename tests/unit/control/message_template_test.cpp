#include "core/error.hpp"
#include "edge/control/message_template.hpp"
#include "support/catch.hpp"

#include <map>

using namespace holdfast;
using namespace holdfast::control;

namespace {

std::optional<std::string> render(const std::string& text,
                                  const std::map<std::string, double>& readings,
                                  const std::set<std::string>& raised = {}) {
    return MessageTemplate::parse(text).render(
        {.reading =
             [&](const std::string& series) {
                 const auto found = readings.find(series);
                 return found == readings.end() ? std::nullopt : std::optional(found->second);
             },
         .raised = [&](const std::string& alarm) { return raised.count(alarm) != 0; }});
}

} // namespace

TEST_CASE("readings and raised alarms are put in their places") {
    const std::string canary =
        R"({"id":1,"data":{"CO2":${CO2},"Temperature":${room}},"danger":${raised(amber, red)}})";
    CHECK(render(canary, {{"CO2", 612}, {"room", 21.5}}, {"amber"}) ==
          R"({"id":1,"data":{"CO2":612,"Temperature":21.5},"danger":1})");
    CHECK(render(canary, {{"CO2", 612}, {"room", 21.5}}, {"amber", "red"}) ==
          R"({"id":1,"data":{"CO2":612,"Temperature":21.5},"danger":2})");
    CHECK_FALSE(render(canary, {{"CO2", 612}}));
    CHECK(render("$5 for ${ a } {}", {{"a", -0.25}}) == "$5 for -0.25 {}");
    CHECK(MessageTemplate::parse(canary).series() == std::set<std::string>{"CO2", "room"});
    CHECK(MessageTemplate::parse(canary).alarms() == std::set<std::string>{"amber", "red"});
}

TEST_CASE("a template with a fault is refused with the reason") {
    struct Row {
        std::string text;
        std::string message;
    };
    const auto row = GENERATE(values<Row>({
        {"", "names no sensor"},
        {"{}", "names no sensor"},
        {"${raised(a)}", "names no sensor"},
        {"${a", "has no '}'"},
        {"${}", "is no name"},
        {"${a${b}", "is no name"},
        {"${raised(a}", "does not end in ')'"},
        {"${raised()}", "is no name"},
        {"${mean(a)}", "is no name"},
    }));
    CHECK_THROWS_WITH(MessageTemplate::parse(row.text), ContainsSubstring(row.message));
}
