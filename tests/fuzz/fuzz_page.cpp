// A page of a damaged spool gives rows or none, whatever it holds, and never more than it can.
#include "edge/spool/record.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace holdfast::spool;
    constexpr std::size_t usable = 1020;
    const std::string page(reinterpret_cast<const char*>(data), size);
    // Every overflow page is this page again: a chain that goes round until pages run out.
    unsigned left = 1000;
    const auto source = [&](std::uint64_t) {
        return left > 0 && left-- > 0 ? std::optional(page) : std::nullopt;
    };
    for (const std::uint64_t number : {1U, 2U}) {
        std::uint64_t lost = 0;
        const auto rows = kind_of(page, number) == PageKind::table_leaf
                              ? rows_of(page, number, usable, source, lost)
                              : std::vector<Row>();
        if (rows.size() + lost > size || children_of(page, number).size() > size + 1) {
            std::abort();
        }
    }
    return 0;
}
