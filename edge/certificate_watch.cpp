#include "edge/certificate_watch.hpp"

#include "core/error.hpp"

#include <fmt/format.h>

#include <sstream>
#include <utility>

namespace holdfast::edge {

namespace {

constexpr unsigned ticks_between_looks = 3600;

/// Grows as the end comes nearer.
int stage_of(const certs::Description& certificate, certs::TimePoint now) {
    constexpr int ended = 3;
    return certificate.not_after < now ? ended : static_cast<int>(certs::urgency(certificate, now));
}

std::string end_text(const certs::Due& due, certs::TimePoint now) {
    const auto end = certs::utc_text(due.certificate.not_after);
    const auto left = std::chrono::floor<std::chrono::days>(due.certificate.not_after - now);
    return left.count() < 0 ? fmt::format("ended on {}", end)
                            : fmt::format("ends on {}, in {} days", end, left.count());
}

} // namespace

CertificateWatch::CertificateWatch(std::filesystem::path folder,
                                   const std::optional<std::string>& kept, Handlers handlers,
                                   Log log)
    : folder_(std::move(folder))
    , handlers_(std::move(handlers))
    , log_(std::move(log)) {
    std::istringstream lines(kept.value_or(""));
    std::string serial;
    for (int stage = 0; lines >> serial >> stage;) {
        said_[serial] = stage;
    }
}

void CertificateWatch::tick(certs::TimePoint now, bool clock_synchronised) {
    const bool became_right = clock_synchronised && !looked_by_right_clock_;
    if (ticks_to_next_look_ > 1 && !became_right) {
        --ticks_to_next_look_;
        return;
    }
    ticks_to_next_look_ = ticks_between_looks;
    looked_by_right_clock_ = clock_synchronised;
    look(now);
}

void CertificateWatch::look(certs::TimePoint now) {
    try {
        if (const auto fault = certs::clock_fault(folder_, now); !fault.empty()) {
            say_clock(fault); // by such a clock nothing can be said of an end
            return;
        }
        std::map<std::string, int> said;
        for (const auto& due : certs::due_certificates(folder_, now, certs::soon)) {
            const auto before = said_.find(due.certificate.serial);
            const auto stage = stage_of(due.certificate, now);
            if (before == said_.end() || before->second < stage) {
                say_due(due, stage, now);
            }
            said[due.certificate.serial] = stage;
        }
        if (said != said_) {
            said_ = std::move(said);
            std::string content;
            for (const auto& [serial, stage] : said_) {
                content += fmt::format("{} {}\n", serial, stage);
            }
            handlers_.keep(std::move(content));
        }
        trouble_.clear();
    } catch (const std::exception& error) {
        if (std::exchange(trouble_, error.what()) != error.what()) {
            log_.warning("certificates cannot be looked at", {{"reason", error.what()}});
        }
    }
}

void CertificateWatch::say_clock(const std::string& fault) {
    if (!std::exchange(clock_fault_, fault).empty()) {
        return;
    }
    log_.warning("the clock cannot be right: certificates are judged by the last known time",
                 {{"reason", fault}});
    handlers_.alert(fault + ": bridge, and devices that come by certificate, wait until it is set "
                            "('timedatectl')");
}

void CertificateWatch::say_due(const certs::Due& due, int stage, certs::TimePoint now) {
    const auto text = end_text(due, now);
    stage == static_cast<int>(certs::Urgency::notice)
        ? log_.notice("a certificate ends soon", {{"certificate", due.name}, {"when", text}})
        : log_.warning("a certificate ends soon", {{"certificate", due.name}, {"when", text}});
    handlers_.audit(due.name, text);
    handlers_.alert(fmt::format("the certificate '{}' {}: 'holdfast cert renew --due' says and "
                                "does what can be done",
                                due.name, text));
}

} // namespace holdfast::edge
