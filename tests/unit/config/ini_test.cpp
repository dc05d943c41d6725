#include "config/ini.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using config::parse_ini;

TEST_CASE("sections and entries are read with the place they were written at") {
    const auto sections = parse_ini("# a comment\n"
                                    "[site]\n"
                                    "name = greenhouse\n"
                                    "\n"
                                    "[sensor room temperature]\r\n"
                                    "topic=a/#b = c \r\n"
                                    "empty =\n",
                                    "holdfast.conf");
    REQUIRE(sections.size() == 2);
    CHECK(sections[0].kind == "site");
    CHECK(sections[0].entries[0].where == "holdfast.conf:3");
    CHECK(sections[1].kind == "sensor");
    CHECK(sections[1].name == "room temperature");
    CHECK(sections[1].where == "holdfast.conf:5");
    CHECK(sections[1].entries[0].value == "a/#b = c");
    CHECK(sections[1].entries[1].value.empty());
}

TEST_CASE("a malformed line is refused with its place and the reason") {
    struct Row {
        std::string text;
        std::string message;
    };
    const auto row = GENERATE(values<Row>({
        {"name = x\n", "c:1: the key 'name' stands before the first [section]"},
        {"[site]\nname\n", "c:2: \"name\" is neither a [section] nor 'key = value'"},
        {"[site\n", "c:1: the section \"[site\" has no closing ']'"},
        {"[]\n", "c:1: \"[]\" is no section: write [kind] or [kind name]"},
        {"[site]\nName = x\n", "c:2: \"Name\" is no key: keys are lower case words"},
        {"[site]\nname = x\nname = y\n", "c:3: 'name' was already given at c:2"},
        {"[site]\n[spool]\n[site]\n", "c:3: the section [site] was already given at c:1"},
        {"[site]\nname = \xff\n", "c:2: the line is not UTF-8 text; is this the right file?"},
        {std::string("[site]\n\0\n", 9),
         "c:2: the line is not UTF-8 text; is this the right file?"},
    }));
    CHECK_THROWS_WITH(parse_ini(row.text, "c"), ContainsSubstring(row.message));
}
