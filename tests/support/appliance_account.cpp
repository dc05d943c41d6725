// What reached the cloud, held against what the spool has.
#include "core/topics.hpp"
#include "edge/spool/spool.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <fmt/format.h>

#include <csignal>

namespace holdfast::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t rows_a_page = 1000;
constexpr std::size_t bytes_a_page = 1024 * 1024;

/// Walks over what the spool holds, in order.
void each_row(const spool::Spool& spool, const std::function<void(const spool::Entry&)>& visit) {
    for (Seq next = 1; next <= spool.last();) {
        const auto page = spool.read({next, spool.last()}, rows_a_page, bytes_a_page);
        REQUIRE(!page.empty());
        for (const auto& entry : page) {
            visit(entry);
            next = entry.seq + 1;
        }
    }
}

/// That the spool has had, by the daemon's log; the last is that of now.
std::vector<std::string> epochs_in(const std::string& log) {
    constexpr std::string_view name = " epoch=";
    std::vector<std::string> epochs;
    for (auto at = log.find(name); at != std::string::npos; at = log.find(name, at + 1)) {
        epochs.push_back(log.substr(at + name.size(), 8));
    }
    return epochs;
}

/// A spool whose log was torn has a new epoch, and the rows that it kept have their numbers still:
/// what came under an epoch before stands for the same row.
std::string in_last_epoch(std::string payload, const std::vector<std::string>& epochs) {
    for (const auto& epoch : epochs) {
        const auto mark = fmt::format(R"("epoch":"{}")", epoch);
        if (const auto at = payload.find(mark); at != std::string::npos) {
            return payload.replace(at, mark.size(), fmt::format(R"("epoch":"{}")", epochs.back()));
        }
    }
    return payload;
}

} // namespace

std::uint64_t Appliance::unproved_on_disk() const {
    // A copy: opening the file would do the daemon's recovery for it.
    const TempFolder folder;
    for (const auto* const end : {"", "-wal"}) {
        const std::string from = options_.spool.string() + end;
        if (std::filesystem::exists(from)) {
            std::filesystem::copy_file(from, folder / (std::string("spool.db") + end));
        }
    }
    const spool::Spool spool(folder / "spool.db", {.boot_id = boot_id()}, Log::silent());
    return spool.pending().size();
}

cli::demo::Ledger::Result Appliance::settle() {
    const auto log_end = daemon_.log().size();
    write_sections(device_section);
    daemon_.signal(SIGHUP);
    REQUIRE(daemon_.wait_for_log("running", log_end));
    const auto reloaded = on_site().count();
    CHECK(eventually([&] { return published_at_cloud() >= published_; }, 2min));
    CHECK(on_site().wait_for(
        [](const mqtt::Delivery& delivery) {
            if (delivery.topic != topics::status) {
                return false;
            }
            const auto status = nlohmann::json::parse(delivery.payload);
            return status["online"] == true && status["sensors"].empty() &&
                   status["waiting"] == 0 && status["uplink"]["pending"] == 0;
        },
        reloaded, 2min));
    daemon_.stop();

    const auto epochs = epochs_in(daemon_.log());
    cli::demo::Ledger::Result result;
    // What the cloud's subscriber missed while its broker was away is on its way.
    eventually(
        [&] {
            cli::demo::Ledger ledger(site);
            for (const auto& message : at_cloud().messages()) {
                ledger.received(message.topic, in_last_epoch(message.payload, epochs));
            }
            result = account(ledger);
            return result.lost == 0;
        },
        20s);
    return result;
}

cli::demo::Ledger::Result Appliance::account(cli::demo::Ledger& ledger) const {
    const spool::Spool spool(options_.spool, {.boot_id = boot_id()}, Log::silent());
    CHECK(spool.pending().empty());
    each_row(spool, [&](const spool::Entry& entry) {
        if (const auto* message = std::get_if<Message>(&entry.content)) {
            ledger.stored_message(message->topic, message->payload);
            return;
        }
        const auto& reading = std::get<spool::ReadingRow>(entry.content);
        const auto& series = spool.series(reading.series);
        if (series.format == Format::scalar) {
            ledger.stored_message(series.topic, fmt::format("{}", reading.value));
        } else {
            ledger.stored_reading(spool.epoch(), entry.seq, series.topic, reading.value);
        }
    });
    return ledger.result();
}

std::vector<std::string> Appliance::stored_messages() const {
    const spool::Spool spool(options_.spool, {.boot_id = boot_id()}, Log::silent());
    std::vector<std::string> payloads;
    each_row(spool, [&](const spool::Entry& entry) {
        if (const auto* message = std::get_if<Message>(&entry.content)) {
            payloads.push_back(message->payload);
        }
    });
    return payloads;
}

} // namespace holdfast::test
