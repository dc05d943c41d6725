// What reached the cloud, held against what the spool has.
#include "core/topics.hpp"
#include "edge/spool/spool.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <fmt/format.h>

#include <csignal>
#include <set>

namespace holdfast::test {

namespace {

using namespace std::chrono_literals;

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

std::uint64_t Appliance::handed_over_unproved() const {
    // A copy: opening the file would do the daemon's recovery for it.
    const TempFolder folder;
    for (const auto* const end : {"", "-wal"}) {
        const std::string from = options_.spool.string() + end;
        if (std::filesystem::exists(from)) {
            std::filesystem::copy_file(from, folder / (std::string("spool.db") + end));
        }
    }
    const spool::Spool spool(folder / "spool.db", {.boot_id = boot_id()}, Log::silent());
    const RowFinder finder(spool);
    std::set<Seq> rows;
    std::uint64_t equal = 0;
    for (const auto& message : on_site_->messages()) {
        if (message.topic.rfind(topics::up, 0) != 0) {
            continue;
        }
        const auto topic = message.topic.substr(std::string_view(topics::up).size());
        for (const auto row : finder.rows(topic, message.payload)) {
            if (spool.pending().contains(row)) {
                rows.insert(row);
            }
        }
        equal += finder.is_one_of_many(topic, message.payload) ? 1U : 0U;
    }
    return rows.size() + equal;
}

Account Appliance::settle() {
    const auto log_end = daemon_.log().size();
    write_sections(device_section);
    daemon_.signal(SIGHUP);
    REQUIRE(daemon_.wait_for_log("running", log_end));
    const auto reloaded = on_site().count();
    CHECK(eventually([&] { return published_at_cloud() >= published_; }, 2min));
    const bool proved = on_site().wait_for(
        [](const mqtt::Delivery& delivery) {
            if (delivery.topic != topics::status) {
                return false;
            }
            const auto status = nlohmann::json::parse(delivery.payload);
            return status["online"] == true && status["sensors"].empty() &&
                   status["waiting"] == 0 && status["uplink"]["pending"] == 0;
        },
        reloaded, 2min);
    INFO(status().dump());
    CHECK(proved);
    daemon_.stop();

    const auto epochs = epochs_in(daemon_.log());
    Account result;
    // What the cloud's subscriber missed while its broker was away is on its way.
    eventually(
        [&] {
            cli::demo::Ledger ledger(site);
            for (const auto& message : at_cloud().messages()) {
                ledger.received(message.topic, in_last_epoch(message.payload, epochs));
            }
            static_cast<cli::demo::Ledger::Result&>(result) = account(ledger);
            return result.lost == 0;
        },
        20s);
    const spool::Spool spool(options_.spool, {.boot_id = boot_id()}, Log::silent());
    static_cast<Arrival&>(result) = arrival(at_cloud().messages(), site + "/", RowFinder(spool));
    return result;
}

cli::demo::Ledger::Result Appliance::account(cli::demo::Ledger& ledger) const {
    const spool::Spool spool(options_.spool, {.boot_id = boot_id()}, Log::silent());
    INFO(fmt::format("{} of {} rows are pending, the first is {}", spool.pending().size(),
                     spool.last(), spool.pending().front().value_or(0)));
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
