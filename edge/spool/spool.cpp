#include "edge/spool/spool.hpp"

#include "edge/spool/spool_file.hpp"
#include "edge/spool/store.hpp"

#include <fmt/format.h>

namespace holdfast::spool {

Spool::Spool(const std::filesystem::path& path, const Options& options, const Log& log) {
    auto claim = claim_file(path);
    if (finish_salvage(path)) {
        log.notice("the salvage of a damaged spool was completed", {{"path", path.string()}});
        claim = claim_file(path);
    }
    std::optional<Salvage> salvaged;
    try {
        store_ = std::make_unique<Store>(path, claim, options);
    } catch (const DatabaseDamaged& damage) {
        log.error("the spool is damaged: what can be read goes into a new one",
                  {{"reason", damage.what()}});
        salvaged = salvage(path, damage.what());
        claim = claim_file(path);
        store_ = std::make_unique<Store>(path, claim, options);
    }
    store_->hold(std::move(claim), std::move(salvaged));
    if (const auto& report = store_->salvaged()) {
        log.error("the spool was damaged and salvaged", {{"moved_to", report->moved_to.string()},
                                                         {"saved", report->saved},
                                                         {"pending", report->pending},
                                                         {"lost_pending", report->lost_pending}});
    }
    log.info("spool opened", {{"path", path.string()},
                              {"epoch", epoch()},
                              {"last", last()},
                              {"pending", pending().size()}});
}

Spool::~Spool() {
    try {
        store_->save_receipts();
    } catch (const Error&) {
        // Lost receipts only cost duplicates, and a destructor has nobody to tell.
    }
}

SeriesId Spool::series(const Series& series) {
    return store_->series().id(series);
}

const Series& Spool::series(SeriesId id) const {
    const auto* const found = store_->series().find(id);
    if (found == nullptr) {
        throw Error(fmt::format("there is no series {}", id));
    }
    return *found;
}

std::optional<SeqRange> Spool::append(std::span<const Item> items) {
    return store_->append(items);
}

void Spool::prove(const RangeSet& proved) {
    store_->prove(proved);
}

void Spool::save_receipts() {
    store_->save_receipts();
}

const RangeSet& Spool::pending() const noexcept {
    return store_->pending().ranges();
}

const RangeSet& Spool::urgent() const noexcept {
    return store_->urgent();
}

Seq Spool::last() const noexcept {
    return store_->last();
}

const std::string& Spool::epoch() const noexcept {
    return store_->epoch();
}

std::vector<Entry> Spool::read(SeqRange range, std::size_t max_rows, std::size_t max_bytes) const {
    std::vector<Entry> entries;
    visit(range, max_rows, max_bytes, [&](Entry entry) { entries.push_back(std::move(entry)); });
    return entries;
}

void Spool::visit(SeqRange range, std::size_t max_rows, std::size_t max_bytes,
                  const std::function<void(Entry)>& each) const {
    store_->visit(range, max_rows, max_bytes, each);
}

bool Spool::set_clock(WallTime offset, bool synchronised) {
    auto& clocks = store_->clocks();
    clocks.set({offset, synchronised});
    return clocks.clock(clocks.current()).synchronised;
}

WallTime Spool::surely_past(BootTime now) const {
    return store_->clocks().surely_past(now);
}

std::size_t Spool::trim(WallTime older_than, std::size_t max_rows) {
    return store_->trim(older_than, max_rows);
}

bool Spool::scrub(std::size_t pages) {
    return store_->scrub(pages);
}

const std::optional<Salvage>& Spool::salvaged() const noexcept {
    return store_->salvaged();
}

Spool::UpkeepDone Spool::upkeep(WallTime keep_since, const RangeSet& busy) {
    return store_->upkeep(keep_since, busy);
}

void Spool::add_gaps(GapKind kind, std::span<const Loss> losses) {
    store_->add_gaps(kind, losses);
}

std::optional<SeqRange> Spool::send_notices() {
    return store_->send_notices();
}

Stats Spool::stats() const {
    return store_->stats();
}

} // namespace holdfast::spool
