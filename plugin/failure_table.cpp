#include "plugin/failure_table.hpp"

#include <algorithm>
#include <utility>

namespace holdfast {

FailureTable::FailureTable(Delays delays, std::size_t places)
    : delays_(delays)
    , set_count_(places / std::tuple_size_v<Set> + 1) {}

const FailureTable::Entry* FailureTable::find(Key key) const noexcept {
    if (sets_.empty()) {
        return nullptr;
    }
    const auto& set = sets_[place_of(key)];
    const auto found = std::find_if(set.begin(), set.end(),
                                    [key](const Entry& entry) { return entry.key == key; });
    return found == set.end() ? nullptr : &*found;
}

bool FailureTable::locked(Key key, BootTime now) const noexcept {
    const auto* entry = find(key);
    return entry != nullptr && now < entry->locked_until;
}

void FailureTable::failed(Key key, BootTime now) {
    sets_.resize(set_count_);
    auto& set = sets_[place_of(key)];
    auto place = std::find_if(set.begin(), set.end(),
                              [key](const Entry& entry) { return entry.key == key; });
    if (place == set.end()) {
        const auto worth = [](const Entry& entry) { return std::pair(entry.key != 0, entry.last); };
        place = std::min_element(set.begin(), set.end(), [&](const Entry& a, const Entry& b) {
            return worth(a) < worth(b);
        });
        *place = Entry{};
        place->key = key;
    } else if (now >= place->last + delays_.forgiven) {
        place->failures = 0;
    }
    ++place->failures;
    place->last = now;
    place->locked_until = now + delay_after(place->failures);
}

BootTime FailureTable::delay_after(unsigned failures) const noexcept {
    if (failures < delays_.free) {
        return BootTime{0};
    }
    auto delay = delays_.first;
    for (auto more = failures - delays_.free; more > 0 && delay < delays_.longest; --more) {
        delay *= 2;
    }
    return std::min(delay, delays_.longest);
}

void FailureTable::forget(Key key) noexcept {
    if (sets_.empty()) {
        return;
    }
    for (auto& entry : sets_[place_of(key)]) {
        if (entry.key == key) {
            entry = Entry{};
        }
    }
}

void FailureTable::forget_all() noexcept {
    sets_ = {};
}

} // namespace holdfast
