#include "plugin/rule_tree.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <string>

using namespace holdfast;

namespace {

constexpr ClientNames alice{"alice", "alice-1"};

PolicyRule allow_reading(std::string filter, unsigned line) {
    return {line, PolicyRule::Access::read, std::move(filter)};
}

unsigned line_that_reads(const RuleTree& tree, std::size_t block, const std::string& topic) {
    return tree.match(tree.root(block), topic, alice).read;
}

std::string levels(unsigned count, const std::string& last) {
    std::string topic;
    for (unsigned i = 0; i < count; ++i) {
        topic += fmt::format("level-{}/", i);
    }
    return topic + last;
}

} // namespace

TEST_CASE("among many rules each topic finds its own and no other") {
    constexpr unsigned count = 50'000;
    RuleTree::Rules rules;
    for (unsigned i = 1; i <= count; ++i) {
        rules.push_back(allow_reading(fmt::format("{}/room-{}/{}", i % 7, i, i % 3), i));
    }
    const RuleTree tree({&rules});
    for (unsigned i = 1; i <= count; ++i) {
        REQUIRE(line_that_reads(tree, 0, fmt::format("{}/room-{}/{}", i % 7, i, i % 3)) == i);
        REQUIRE(line_that_reads(tree, 0, fmt::format("{}/room-{}/{}", i % 7, i, i % 3 + 1)) == 0);
        REQUIRE(line_that_reads(tree, 0, fmt::format("{}/room-{}", i % 7, i)) == 0);
    }
}

TEST_CASE("the same rules in many blocks stay apart") {
    constexpr unsigned count = 1'000;
    std::vector<RuleTree::Rules> blocks;
    for (unsigned i = 1; i <= count; ++i) {
        blocks.push_back({allow_reading("room/temperature", 2 * i),
                          allow_reading(fmt::format("room/{}", i), 2 * i + 1)});
    }
    std::vector<const RuleTree::Rules*> given;
    given.reserve(count);
    for (const auto& block : blocks) {
        given.push_back(&block);
    }
    const RuleTree tree(given);
    for (unsigned i = 1; i <= count; ++i) {
        REQUIRE(line_that_reads(tree, i - 1, "room/temperature") == 2 * i);
        REQUIRE(line_that_reads(tree, i - 1, fmt::format("room/{}", i)) == 2 * i + 1);
        REQUIRE(line_that_reads(tree, i - 1, fmt::format("room/{}", i % count + 1)) == 0);
    }
}

TEST_CASE("levels beyond those that are fetched ahead are compared as well") {
    for (const auto depth : {6U, 7U, 8U, 9U, 40U}) {
        CAPTURE(depth);
        const RuleTree::Rules rules{allow_reading(levels(depth, "a"), 1),
                                    allow_reading(levels(depth, "+/b"), 2),
                                    allow_reading(levels(depth, "c/#"), 3)};
        const RuleTree tree({&rules});
        CHECK(line_that_reads(tree, 0, levels(depth, "a")) == 1);
        CHECK(line_that_reads(tree, 0, levels(depth, "x/b")) == 2);
        CHECK(line_that_reads(tree, 0, levels(depth, "c")) == 3);
        CHECK(line_that_reads(tree, 0, levels(depth, "c/d/e")) == 3);
        CHECK(line_that_reads(tree, 0, levels(depth, "b")) == 0);
        CHECK(line_that_reads(tree, 0, levels(depth - 1, "a")) == 0);
    }
}

TEST_CASE("a level of any length is compared to its end") {
    for (const auto bytes : {0U, 1U, 7U, 8U, 12U, 13U, 14U, 15U, 300U, 60'000U}) {
        CAPTURE(bytes);
        const std::string level(bytes, 'x');
        const RuleTree::Rules rules{allow_reading(level + "/end", 1)};
        const RuleTree tree({&rules});
        CHECK(line_that_reads(tree, 0, level + "/end") == 1);
        CHECK(line_that_reads(tree, 0, level + "y/end") == 0);
        CHECK(line_that_reads(tree, 0, "y" + level + "/end") == 0);
    }
}

TEST_CASE("a placeholder is no text that a topic can have") {
    const RuleTree::Rules rules{allow_reading("a/%u", 1), allow_reading("b/%c/+", 2)};
    const RuleTree tree({&rules});
    CHECK(line_that_reads(tree, 0, "a/alice") == 1);
    CHECK(line_that_reads(tree, 0, "a/%u") == 0);
    CHECK(line_that_reads(tree, 0, "b/alice-1/c") == 2);
    CHECK(line_that_reads(tree, 0, "b/%c/+") == 0);
}

TEST_CASE("of several rules that end at one place the lowest line of each kind is told") {
    using Access = PolicyRule::Access;
    const RuleTree::Rules rules{
        {9, Access::deny, "a"},  {8, Access::read, "a/#"}, {7, Access::readwrite, "a"},
        {6, Access::write, "a"}, {5, Access::deny, "a/#"},
    };
    const RuleTree tree({&rules});
    const auto at = tree.match(tree.root(0), "a", alice);
    CHECK(at.deny == 5);
    CHECK(at.read == 7);
    CHECK(at.write == 6);
    const auto below = tree.match(tree.root(0), "a/b", alice);
    CHECK(below.deny == 5);
    CHECK(below.read == 8);
    CHECK(below.write == 0);
}
