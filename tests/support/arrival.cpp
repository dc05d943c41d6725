#include "support/arrival.hpp"

#include "edge/uplink/unpack.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

namespace holdfast::test {

namespace {

constexpr std::size_t rows_a_page = 1000;
constexpr std::size_t bytes_a_page = 1024 * 1024;

/// As many ascending sequences as it takes: each row continues the one with the largest end below
/// it (patience sorting).
class Sequences {
public:
    void add(Seq row) {
        const auto above = std::lower_bound(ends_.begin(), ends_.end(), row, std::greater<>());
        if (above == ends_.end()) {
            ends_.push_back(row);
        } else {
            *above = row;
        }
    }
    std::size_t count() const noexcept { return ends_.size(); }

private:
    std::vector<Seq> ends_; // descending
};

} // namespace

void each_row(const spool::Spool& spool, const std::function<void(const spool::Entry&)>& visit) {
    for (Seq next = 1; next <= spool.last();) {
        const auto page = spool.read({next, spool.last()}, rows_a_page, bytes_a_page);
        REQUIRE(!page.empty());
        for (const auto& entry : page) {
            visit(entry);
            next = entry.seq + 1;
        }
    }
}

RowFinder::RowFinder(const spool::Spool& spool) {
    const auto add = [&](const std::string& topic, const std::string& payload, Seq seq) {
        const auto [place, is_new] = by_text_.try_emplace({topic, payload}, seq);
        if (!is_new) {
            place->second = many;
        }
    };
    each_row(spool, [&](const spool::Entry& entry) {
        if (const auto* message = std::get_if<Message>(&entry.content)) {
            add(message->topic, message->payload, entry.seq);
            return;
        }
        const auto& reading = std::get<spool::ReadingRow>(entry.content);
        if (const auto& series = spool.series(reading.series); series.format == Format::scalar) {
            add(series.topic, fmt::format("{}", reading.value), entry.seq);
        }
    });
}

std::vector<Seq> RowFinder::rows(const std::string& topic, std::string_view payload) const {
    std::vector<Seq> found;
    if (const auto readings = uplink::unpack(payload)) {
        for (const auto& reading : *readings) {
            found.push_back(reading.seq);
        }
    } else if (const auto row = by_text_.find({topic, std::string(payload)});
               row != by_text_.end() && row->second != many) {
        found.push_back(row->second);
    }
    return found;
}

bool RowFinder::is_one_of_many(const std::string& topic, const std::string& payload) const {
    const auto row = by_text_.find({topic, payload});
    return row != by_text_.end() && row->second == many;
}

Arrival arrival(const std::vector<mqtt::Delivery>& messages, std::string_view below,
                const RowFinder& finder) {
    Arrival result;
    std::map<std::string, Sequences> topics;
    std::set<Seq> seen;
    for (const auto& message : messages) {
        if (message.topic.rfind(below, 0) != 0) {
            continue;
        }
        const auto topic = message.topic.substr(below.size());
        const auto rows = finder.rows(topic, message.payload);
        result.largest_message = std::max(result.largest_message, rows.size());
        for (const auto row : rows) {
            if (seen.insert(row).second) {
                topics[topic].add(row);
            }
        }
    }
    for (const auto& [topic, sequences] : topics) {
        result.sequences = std::max(result.sequences, sequences.count());
    }
    return result;
}

} // namespace holdfast::test
