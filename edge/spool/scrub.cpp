#include "edge/spool/scrub.hpp"

#include "edge/spool/page_seal.hpp"
#include "edge/spool/schema.hpp"
#include "edge/spool/sqlite.hpp"

#include <unistd.h>

namespace holdfast::spool {

bool Scrub::step(int fd, std::size_t pages) {
    std::string page(page_size_bytes, '\0');
    for (; pages > 0; --pages, ++next_) {
        const auto offset = static_cast<off_t>((next_ - 1) * page_size_bytes);
        if (::pread(fd, page.data(), page.size(), offset) != static_cast<ssize_t>(page.size())) {
            next_ = 1;
            return true;
        }
        if (!is_sealed(page, next_) && !unused_.contains(next_)) {
            confirm(next_);
        }
    }
    return false;
}

/// A page that SQLite made and gave up before it ever wrote it may be anything: only what the rest
/// refers to counts.
void Scrub::confirm(std::uint64_t page) {
    Database fresh(path_, Database::Access::read_only); // has nothing in its cache
    const auto found = fresh.text("PRAGMA quick_check(1)");
    if (found != "ok") {
        throw DatabaseDamaged(path_, found, 0);
    }
    unused_.insert(page);
}

} // namespace holdfast::spool
