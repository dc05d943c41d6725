#include "soak/account.hpp"

#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace holdfast::test {

namespace {

/// Where numbers are missing.
std::uint64_t breaks(const std::vector<double>& values) {
    std::uint64_t count = values.front() > 1 ? 1 : 0;
    for (std::size_t i = 1; i < values.size(); ++i) {
        count += std::lround(values[i] - values[i - 1]) > 1 ? 1U : 0U;
    }
    return count;
}

} // namespace

Stored read_spool(const spool::Spool& spool) {
    Stored stored;
    for (Seq next = 1; next <= spool.last();) {
        for (const auto& entry : spool.read({next, spool.last()}, 1000, 1024 * 1024)) {
            if (const auto* row = std::get_if<spool::ReadingRow>(&entry.content)) {
                stored.values[spool.series(row->series).name].push_back(row->value);
            } else {
                const auto& message = std::get<Message>(entry.content);
                stored.messages[message.topic].push_back(message.payload);
            }
            next = entry.seq + 1;
        }
    }
    return stored;
}

void check_said(const Source& source, const std::vector<double>& values,
                const nlohmann::json& counts) {
    INFO(source.name() << " said " << source.said() << ", nonsense " << source.nonsense()
                       << ", unplugged " << source.unplugs() << ": " << counts.dump());
    REQUIRE_FALSE(values.empty());
    CHECK(values.size() == counts["readings"]);
    CHECK(std::is_sorted(values.begin(), values.end()));
    CHECK(values.back() <= static_cast<double>(source.said()));
    if (source.way() == Source::Way::polled) {
        return;
    }
    CHECK(std::adjacent_find(values.begin(), values.end()) == values.end());
    CHECK(counts["rejected"] <= source.nonsense());
    const auto too_fast = counts["accepted"].get<std::uint64_t>() - values.size();
    CHECK(breaks(values) <= source.unplugs() + 1 + too_fast);
}

void check_captured(const Source& source, const std::vector<std::string>& messages) {
    REQUIRE_FALSE(messages.empty());
    const auto first = nlohmann::json::parse(messages.front()).at("n").get<std::uint64_t>();
    CHECK(messages.size() == source.said() + source.nonsense() - (first - 1));
    CHECK(messages.back() == fmt::format(R"({{"n":{}}})", source.said()));
    CHECK(std::set(messages.begin(), messages.end()).size() >= source.said() - (first - 1));
}

void check_simulated(const std::vector<double>& values) {
    bool in_order = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
        in_order = in_order && std::abs(values[i] - static_cast<double>(i)) < 1e-6;
    }
    CHECK(in_order);
    CHECK(values.size() > 100);
}

} // namespace holdfast::test
