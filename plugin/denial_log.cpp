#include "plugin/denial_log.hpp"

namespace holdfast {

bool DenialLog::admit(std::string_view client, BootTime now) {
    flush(now);
    if (denials_.empty()) {
        period_end_ = now + period;
    }
    auto found = denials_.find(client);
    if (found == denials_.end()) {
        if (denials_.size() >= most_clients) {
            ++of_others_;
            return false;
        }
        found = denials_.emplace(client, 0).first;
    }
    return ++found->second <= lines_per_client;
}

void DenialLog::flush(BootTime now) {
    if (denials_.empty() || now < period_end_) {
        return;
    }
    for (const auto& [client, count] : denials_) {
        if (count > lines_per_client) {
            log_.notice("more denials", {{"client", client}, {"count", count - lines_per_client}});
        }
    }
    if (of_others_ > 0) {
        log_.notice("more denials of other clients", {{"count", of_others_}});
    }
    denials_.clear();
    of_others_ = 0;
}

} // namespace holdfast
