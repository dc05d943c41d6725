#include "config/quantity.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "edge/control/condition.hpp"

#include <fmt/format.h>

#include <array>

namespace holdfast::control {

/// Recursive descent over the words of a condition; the grammar stands in condition.hpp.
class ConditionParser {
public:
    ConditionParser(std::string_view text, double hysteresis)
        : text_(text)
        , hysteresis_(hysteresis) {
        next();
    }

    Condition parse() {
        condition_.root_ = any(0);
        if (!word_.empty()) {
            refuse("'and', 'or' or the end");
        }
        return std::move(condition_);
    }

private:
    using Node = Condition::Node;

    static constexpr unsigned deepest = 32;
    static constexpr std::size_t most_tests = 100;
    static constexpr std::int64_t longest_mean = 10'000;

    Node any(unsigned depth) { return joined(Node::Kind::any, "or", depth); }

    Node joined(Node::Kind kind, std::string_view joint, unsigned depth) {
        Node node{kind};
        do {
            node.parts.push_back(kind == Node::Kind::any ? joined(Node::Kind::all, "and", depth)
                                                         : term(depth));
        } while (accept(joint));
        return node.parts.size() == 1 ? Node(std::move(node.parts.front())) : node;
    }

    Node term(unsigned depth) {
        if (depth == deepest) {
            refuse("fewer brackets within one another");
        }
        if (accept("(")) {
            auto inner = any(depth + 1);
            expect(")");
            return inner;
        }
        Test::Rule rule = source();
        if (rule.source != Test::Source::silence) {
            rule.comparison = comparison();
            rule.bound = number();
        }
        if (condition_.tests_.size() == most_tests) {
            refuse("fewer tests in one condition");
        }
        condition_.tests_.emplace_back(std::move(rule), hysteresis_);
        return {Node::Kind::test, condition_.tests_.size() - 1};
    }

    Test::Rule source() {
        Test::Rule rule;
        const auto name = series();
        if (!accept("(")) {
            rule.series = name;
            return rule;
        }
        rule.series = series();
        expect(",");
        if (name == "mean") {
            rule.source = Test::Source::mean;
            rule.count = count();
        } else if (name == "change" || name == "silent") {
            rule.source = name == "change" ? Test::Source::change : Test::Source::silence;
            rule.window = duration();
        } else {
            throw Error(fmt::format("there is no function '{}'; there are mean(SERIES, COUNT), "
                                    "change(SERIES, TIME) and silent(SERIES, TIME)",
                                    name));
        }
        expect(")");
        return rule;
    }

    std::string series() {
        if (word_.empty() || is_sign(word_.front()) || word_ == "and" || word_ == "or") {
            refuse("the name of a sensor");
        }
        return std::string(take());
    }

    Test::Comparison comparison() {
        constexpr std::array<std::pair<std::string_view, Test::Comparison>, 6> signs{
            {{">=", Test::Comparison::at_least},
             {"<=", Test::Comparison::at_most},
             {"==", Test::Comparison::equal},
             {"!=", Test::Comparison::unequal},
             {">", Test::Comparison::greater},
             {"<", Test::Comparison::less}}};
        for (const auto& [sign, comparison] : signs) {
            if (accept(sign)) {
                return comparison;
            }
        }
        refuse("one of > >= < <= == !=");
    }

    template <typename Parse>
    auto quantity(Parse parse) {
        if (word_.empty()) {
            refuse("a number or a time");
        }
        return parse(take());
    }

    double number() {
        return quantity([](std::string_view word) { return config::parse_number(word); });
    }

    std::size_t count() {
        return quantity([](std::string_view word) {
            return static_cast<std::size_t>(config::parse_integer(word, 1, longest_mean));
        });
    }

    BootTime duration() {
        return quantity([](std::string_view word) {
            const auto time = config::parse_duration(word);
            if (time.count() == 0) {
                throw Error("a time longer than 0 is expected");
            }
            return BootTime(time);
        });
    }

    static bool is_sign(char c) {
        return std::string_view("(),<>=!").find(c) != std::string_view::npos;
    }
    static bool is_blank(char c) { return c == ' ' || c == '\t'; }

    /// The next word: a bracket or comma, a comparison, or what stands between those and blanks.
    void next() {
        while (at_ < text_.size() && is_blank(text_[at_])) {
            ++at_;
        }
        const auto start = at_;
        if (at_ < text_.size() && is_sign(text_[at_])) {
            const char sign = text_[at_++];
            const bool comparison = sign != '(' && sign != ')' && sign != ',';
            if (comparison && at_ < text_.size() && text_[at_] == '=') {
                ++at_;
            }
        } else {
            while (at_ < text_.size() && !is_blank(text_[at_]) && !is_sign(text_[at_])) {
                ++at_;
            }
        }
        word_ = text_.substr(start, at_ - start);
    }

    std::string_view take() {
        const auto word = word_;
        next();
        return word;
    }

    bool accept(std::string_view word) {
        if (word_ != word) {
            return false;
        }
        next();
        return true;
    }

    void expect(std::string_view word) {
        if (!accept(word)) {
            refuse(fmt::format("'{}'", word));
        }
    }

    [[noreturn]] void refuse(std::string_view expected) const {
        throw Error(fmt::format("{} is expected {}", expected,
                                word_.empty() ? "at its end"
                                              : fmt::format("in place of {}", quoted(word_))));
    }

    std::string_view text_;
    double hysteresis_;
    std::size_t at_ = 0;
    std::string_view word_; ///< the one that is looked at; empty at the end
    Condition condition_;
};

Condition Condition::parse(std::string_view text, double hysteresis) {
    return ConditionParser(text, hysteresis).parse();
}

} // namespace holdfast::control
