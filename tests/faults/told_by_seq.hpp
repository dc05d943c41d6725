#pragma once

#include "edge/spool/spool.hpp"
#include "support/catch.hpp"

#include <string>

namespace holdfast::spool {

inline std::string payload_of(Seq seq, std::size_t size) {
    return std::to_string(seq) + std::string(size, static_cast<char>('a' + seq % 26));
}

/// Every row can be told from its Seq alone, so that a reader sees any that is torn or misplaced.
inline Item item_of(Seq seq, SeriesId series, BootTime at) {
    if (seq % 5 == 0) {
        return Message{"t", payload_of(seq, seq % 97 == 0 ? 9000 : seq % 600), 1, false, at};
    }
    return Sample{series, static_cast<double>(seq) / 8, at, true};
}

inline void check_entry(const Entry& entry) {
    if (const auto* const message = std::get_if<Message>(&entry.content)) {
        const auto expected = item_of(entry.seq, 0, BootTime(0));
        REQUIRE(std::holds_alternative<Message>(expected));
        REQUIRE(message->payload == std::get<Message>(expected).payload);
    } else {
        REQUIRE(entry.seq % 5 != 0);
        REQUIRE(std::get<ReadingRow>(entry.content).value == static_cast<double>(entry.seq) / 8);
    }
}

} // namespace holdfast::spool
