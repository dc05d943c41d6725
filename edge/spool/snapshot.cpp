#include "edge/spool/snapshot.hpp"

#include "core/error.hpp"
#include "edge/spool/schema.hpp"
#include "edge/spool/spool_file.hpp"
#include "edge/spool/sqlite.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace holdfast::spool {

namespace fs = std::filesystem;

namespace {

void sync(const fs::path& file) {
    const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) {
        throw_errno(file.string());
    }
}

} // namespace

void take_snapshot(const fs::path& spool, const fs::path& copy) {
    {
        Database database(spool, Database::Access::read_only);
        require_schema(database);
        const Statement into(database, "VACUUM INTO ?");
        into.use().bind(copy.string()).run();
    }
    sync(copy);
}

void revive_snapshot(const fs::path& copy) {
    const auto claim = claim_file(copy);
    Database database(copy, Database::Access::read_write);
    require_schema(database);
    if (const auto fault = database.text("PRAGMA quick_check(1)"); fault != "ok") {
        throw Error(fmt::format("{} is damaged: {}", copy.string(), fault));
    }
    renew_epoch(database);
}

void require_unused(const fs::path& spool) {
    if (fs::exists(spool)) {
        claim_file(spool);
    }
}

} // namespace holdfast::spool
