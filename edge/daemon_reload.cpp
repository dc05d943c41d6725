// What the daemon does with a changed configuration.
#include "config/changed_sections.hpp"
#include "core/topics.hpp"
#include "edge/daemon.hpp"
#include "edge/local_broker.hpp"
#include "edge/spool_options.hpp"

#include <algorithm>
#include <array>

namespace holdfast::edge {

namespace {

/// Whether a section of that title can change while everything else goes on.
bool changes_in_place(const std::string& title) {
    constexpr std::array<std::string_view, 6> kinds{"sensor ", "device ", "instruction ",
                                                    "output ", "alarm ",  "template "};
    return std::any_of(kinds.begin(), kinds.end(),
                       [&](std::string_view kind) { return title.rfind(kind, 0) == 0; });
}

} // namespace

/// Only a configuration that this daemon could run with replaces the one it runs with.
void Daemon::reload() {
    try {
        auto fresh = config::load_settings(config_file_);
        check(fresh);
        const auto changed = config::changed_sections(settings_, fresh);
        if (std::all_of(changed.begin(), changed.end(), changes_in_place)) {
            return change(fresh, changed);
        }
        next_ = std::move(fresh);
    } catch (const std::exception& error) {
        log_.error("configuration refused: the old one stays", {{"reason", error.what()}});
        main_.publish(topics::alert("config"), error.what(), 1, false);
        wait_for_signals();
        return;
    }
    stop();
}

/// Everything else goes on: what is in flight, what waits, sensors whose section is as it was.
void Daemon::change(const config::Settings& fresh, const std::set<std::string>& changed) {
    storage_.run(
        [fresh](spool::Spool& spool) { return SeriesRoutes::in_spool(spool, fresh); },
        [this, fresh, changed](const std::vector<SeriesRoutes::Route>& routes) {
            settings_ = fresh;
            routes_.set(routes);
            field_.apply(settings_, changed);
            set_devices();
            if (uplink_) {
                uplink_->check_routes(settings_);
            }
            log_.notice("running", {{"site", settings_.site.name},
                                    {"sensors", settings_.sensors.size()},
                                    {"changed", changed.size()}});
            wait_for_signals();
        },
        [this](const std::exception_ptr& error) {
            log_.error("configuration refused: the old one stays", {{"reason", message_of(error)}});
            main_.publish(topics::alert("config"), message_of(error), 1, false);
            wait_for_signals();
        });
}

/// What the next daemon's constructor would throw for.
void Daemon::check(const config::Settings& fresh) {
    const Field field(loop_, fresh, fresh.spool.path.parent_path(), {}, log_);
    local_broker(fresh, config_file_.parent_path(), "");
    if (fresh.spool.path != settings_.spool.path) {
        const spool::Spool opened(fresh.spool.path, spool_options(fresh.spool), log_);
    }
}

} // namespace holdfast::edge
