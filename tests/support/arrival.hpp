#pragma once

#include "edge/mqtt/client.hpp"
#include "edge/spool/spool.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::test {

/// Walks over what the spool holds, in order.
void each_row(const spool::Spool& spool, const std::function<void(const spool::Entry&)>& visit);

/// Tells which rows of a spool a message on its way to the cloud carries.
class RowFinder {
public:
    explicit RowFinder(const spool::Spool& spool);

    /// In the order of the message; none for what is no row, or equals another row of the topic.
    std::vector<Seq> rows(const std::string& topic, std::string_view payload) const;
    /// Whether it carries one of several rows that are equal.
    bool is_one_of_many(const std::string& topic, const std::string& payload) const;

private:
    static constexpr Seq many = 0;
    std::map<std::pair<std::string, std::string>, Seq> by_text_; ///< `many`: it is in several rows
};

struct Arrival {
    /// In how many sequences that each keep the order of the spool the rows of a topic came for the
    /// first time; of the topic where they are most. A lane keeps the order, so it is no more than
    /// the lanes were.
    std::size_t sequences = 0;
    /// Rows of the largest message.
    std::size_t largest_message = 0;
};

/// `below` is what stands before the topic of every message of the appliance: `<site>/`.
Arrival arrival(const std::vector<mqtt::Delivery>& messages, std::string_view below,
                const RowFinder& finder);

} // namespace holdfast::test
