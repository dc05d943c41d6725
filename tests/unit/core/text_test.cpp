#include "core/text.hpp"
#include "support/catch.hpp"

#include <array>

using namespace holdfast;

TEST_CASE("the nearest candidate is offered only when it is close") {
    constexpr std::array<std::string_view, 3> keys{"lose_at_most", "max_size", "path"};
    CHECK(nearest("lose_at_mots", keys) == "lose_at_most");
    CHECK(nearest("maxsize", keys) == "max_size");
    CHECK(nearest("colour", keys) == std::nullopt);
}

TEST_CASE("UTF-8 is accepted only in its one proper form") {
    CHECK(is_utf8("plain ü € 😀"));
    CHECK_FALSE(is_utf8("\xc0\xaf"));         // overlong
    CHECK_FALSE(is_utf8("\xed\xa0\x80"));     // surrogate
    CHECK_FALSE(is_utf8("\xf4\x90\x80\x80")); // above U+10FFFF
    CHECK_FALSE(is_utf8("\xe2\x82"));         // cut off
    CHECK_FALSE(is_utf8("\x80"));             // continuation alone
}

TEST_CASE("splitting keeps empty parts and trimming takes line ends") {
    CHECK(split("a::b", ':') == std::vector<std::string_view>{"a", "", "b"});
    CHECK(split("", ':') == std::vector<std::string_view>{""});
    CHECK(trim(" \ta b\r\n") == "a b");
    CHECK(trim(" \r\n").empty());
}

TEST_CASE("quoted text is one line of UTF-8 whatever it quotes") {
    using namespace std::string_view_literals;
    CHECK(quoted("a \"b\"\\\n\x7f"sv) == R"("a \"b\"\\\x0a\x7f")");
    CHECK(quoted("ü"sv) == "\"ü\"");
    CHECK(quoted("\xc3"sv) == R"("\xc3")");
    CHECK(is_utf8(quoted("\xff\xc3\xbc"sv)));
}
