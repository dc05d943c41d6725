#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::control {

/// One comparison or silence of a condition, and what it has seen. Pure.
class Test {
public:
    enum class Source {
        latest,  ///< the last reading
        mean,    ///< of the last `count` readings, once there are so many
        change,  ///< of the last reading against the oldest within `window`
        silence, ///< whether there has been no reading for `window`
    };
    enum class Comparison { greater, at_least, less, at_most, equal, unequal };

    struct Rule {
        std::string series;
        Source source = Source::latest;
        Comparison comparison = Comparison::greater; ///< not for silence, as the bound
        double bound = 0;
        std::size_t count = 1;
        BootTime window{};
    };

    Test(Rule rule, double hysteresis)
        : rule_(std::move(rule))
        , hysteresis_(hysteresis) {}

    const Rule& rule() const noexcept { return rule_; }

    /// Silence counts from here.
    void start(BootTime at) noexcept;
    void reading(double value, BootTime at);
    /// Nothing while too little is known.
    std::optional<bool> holds(BootTime now);
    /// When it may come to hold though nothing is read.
    std::optional<BootTime> wake() const noexcept;

private:
    std::optional<double> measured() const;
    bool compare(double value) const noexcept;

    Rule rule_;
    double hysteresis_;
    std::deque<std::pair<BootTime, double>> seen_;
    BootTime last_{};
    bool held_ = false;
};

/// What an alarm watches: tests joined with `and` and `or`. Pure.
///
///     condition := all ('or' all)*          all := term ('and' term)*
///     term      := '(' condition ')' | value comparison NUMBER | 'silent' '(' SERIES ',' TIME ')'
///     value     := SERIES | 'mean' '(' SERIES ',' COUNT ')' | 'change' '(' SERIES ',' TIME ')'
///     comparison := > >= < <= == !=
///
/// - `hysteresis` is how far a value must come back before a comparison that held ceases to hold
/// - what is not known yet (no reading, too few for a mean) is neither: unknown `and` false is
///   false, unknown `or` true is true, all else with unknown is unknown
class Condition {
public:
    /// Throws Error saying what was expected, and where.
    static Condition parse(std::string_view text, double hysteresis = 0);

    std::set<std::string> series() const;

    void start(BootTime at) noexcept;
    void reading(const std::string& series, double value, BootTime at);
    std::optional<bool> holds(BootTime now);
    /// When to ask again though nothing is read.
    std::optional<BootTime> wake(BootTime now) const noexcept;

private:
    friend class ConditionParser;

    /// Of the tree: a test, or its parts joined.
    struct Node {
        enum class Kind { test, all, any };

        Kind kind;
        std::size_t test = 0;
        std::vector<Node> parts{};
    };

    std::optional<bool> holds(const Node& node, BootTime now);

    std::vector<Test> tests_;
    Node root_{Node::Kind::all};
};

} // namespace holdfast::control
