// Whatever comes as a pack is taken whole or not at all, and what is taken says the same once it is
// packed again.
#include "edge/uplink/packer.hpp"
#include "edge/uplink/unpack.hpp"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <tuple>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holdfast::uplink;
    const std::string_view payload(reinterpret_cast<const char*>(data), size);
    const auto readings = unpack(payload);
    if (!readings) {
        return 0;
    }
    const holdfast::Series series{"s", "s", "", holdfast::Format::senml};
    std::vector<Row> rows;
    for (const auto& reading : *readings) {
        rows.push_back({reading.seq, reading.at, Row::Measured{series, reading.value}});
    }
    std::size_t next = 0;
    for (const auto& batch : pack(rows, {"site", "epoch", 1000, false})) {
        const auto read_back = unpack(batch.payload).value();
        for (const auto& again : read_back) {
            const auto& reading = readings->at(next++);
            if (std::tie(again.seq, again.at, again.value) !=
                std::tie(reading.seq, reading.at, reading.value)) {
                std::abort();
            }
        }
    }
    return next == readings->size() ? 0 : (std::abort(), 1);
}
