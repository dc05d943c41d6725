#include "core/topic.hpp"
#include "core/topic_filters.hpp"
#include "support/catch.hpp"

#include <utility>
#include <vector>

using namespace holdfast;

namespace {

const std::vector<std::string> levels{"a", "b", "", "$x", "+"};

/// Every filter of at most three levels over few words.
std::vector<std::string> all_filters() {
    std::vector<std::string> filters{"#"};
    std::vector<std::string> fronts{""}; // of the filters so far, with their slashes
    for (int depth = 0; depth < 3; ++depth) {
        std::vector<std::string> longer;
        for (const auto& front : fronts) {
            for (const auto& level : levels) {
                auto filter = front;
                filter += level;
                longer.push_back(filter + "/");
                if (depth < 2) {
                    filters.push_back(longer.back() + "#");
                }
                if (!filter.empty()) {
                    filters.push_back(std::move(filter));
                }
            }
        }
        fronts = std::move(longer);
    }
    return filters;
}

std::vector<std::string> all_topics(const std::vector<std::string>& filters) {
    std::vector<std::string> topics;
    for (const auto& filter : filters) {
        if (!topic_name_fault(filter)) {
            topics.push_back(filter);
            topics.push_back(filter + "/other");
        }
    }
    return topics;
}

} // namespace

TEST_CASE("two filters meet in exactly the topics that both match") {
    const auto filters = all_filters();
    const auto topics = all_topics(filters);
    // Which topics each one matches, once; comparing is cheap then.
    std::vector<std::vector<bool>> matches;
    matches.reserve(filters.size());
    for (const auto& filter : filters) {
        REQUIRE_FALSE(topic_filter_fault(filter));
        std::vector<bool> row;
        row.reserve(topics.size());
        for (const auto& topic : topics) {
            row.push_back(topic_matches(filter, topic));
        }
        matches.push_back(row);
    }
    std::size_t wrong = 0;
    std::size_t met = 0;
    for (std::size_t i = 0; i < filters.size(); i += 3) {
        for (std::size_t j = 0; j < filters.size(); j += 2) {
            const auto meeting = filters_meet(filters[i], filters[j]);
            bool covers = true;
            for (std::size_t t = 0; t < topics.size(); ++t) {
                const bool both = matches[i][t] && matches[j][t];
                wrong += both != (meeting && topic_matches(*meeting, topics[t])) ? 1U : 0U;
                covers = covers && (matches[i][t] || !matches[j][t]);
            }
            CAPTURE(filters[i], filters[j], meeting.value_or("nothing"));
            REQUIRE(wrong == 0);
            REQUIRE(filter_covers(filters[i], filters[j]) == covers);
            met += meeting ? 1U : 0U;
        }
    }
    CHECK(met > 500);
}
