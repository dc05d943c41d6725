#pragma once

#include "certs/expiry.hpp"
#include "core/log.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace holdfast::edge {

/// Says of each certificate of the appliance that it ends: once from 30 days before, once from 14,
/// once from 3, and once when it has ended, over restarts too; and once a start that the clock
/// cannot be right. Changes nothing.
class CertificateWatch {
public:
    /// The name for what is kept over a restart.
    static inline const std::string kept_as = "certificates-said";

    struct Handlers {
        std::function<void(const std::string& text)> alert;
        /// For the audit, of one certificate.
        std::function<void(const std::string& name, const std::string& event)> audit;
        /// Keeps for the next start what was said already.
        std::function<void(std::string content)> keep;
    };

    /// `kept` is what an earlier one gave to keep.
    CertificateWatch(std::filesystem::path folder, const std::optional<std::string>& kept,
                     Handlers handlers, Log log);

    /// Looks once an hour, and when the clock becomes known. Call it once a second while alerts can
    /// be heard.
    void tick(certs::TimePoint now, bool clock_synchronised);

    /// Looks at all of them.
    void look(certs::TimePoint now);

private:
    void say_clock(const std::string& fault);
    void say_due(const certs::Due& due, int stage, certs::TimePoint now);

    std::filesystem::path folder_;
    Handlers handlers_;
    Log log_;
    unsigned ticks_to_next_look_ = 0;
    bool looked_by_right_clock_ = false;
    std::map<std::string, int> said_; ///< the stage, by serial number
    std::string clock_fault_;
    std::string trouble_;
};

} // namespace holdfast::edge
