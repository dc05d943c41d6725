#include "edge/uplink/unpack.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace holdfast::uplink {

namespace {

using Json = nlohmann::json;

// RFC 8428 sets no bound; a double holds milliseconds to far beyond this, the year 33 658.
constexpr double latest = 1e12;

bool sound(double seconds) {
    return std::abs(seconds) < latest;
}

std::chrono::milliseconds in_milliseconds(double seconds) {
    return std::chrono::milliseconds(std::llround(seconds * 1000));
}

bool whole_if_there(const Json& record, const char* field) {
    return !record.contains(field) || record.at(field).is_number_unsigned();
}

/// Base values hold from their record on (RFC 8428 §4.1). Takes a record at a time.
class Resolver {
public:
    /// Throws Json::exception where a field is not what it must be.
    std::optional<UnpackedReading> resolve(const Json& record) {
        if (!whole_if_there(record, "seq") || !whole_if_there(record, "step") ||
            !whole_if_there(record, "boot")) {
            return std::nullopt;
        }
        name_ = record.value("bn", name_);
        unit_ = record.value("bu", unit_);
        time_ = record.value("bt", time_);
        epoch_ = record.value("epoch", epoch_);
        step_ = record.value("step", step_);
        if (record.contains("seq")) {
            seq_ = record.at("seq").get<Seq>();
        } else if (seq_) {
            *seq_ += step_;
        }
        const auto since_base = record.value("t", 0.0);
        const auto time = time_ + since_base;
        if (record.contains("clock")) {
            begin_guess(record, since_base);
        }
        const auto uptime = uptime_ + since_base;
        if (epoch_.empty() || !seq_ || !sound(time) || !sound(uptime)) {
            return std::nullopt;
        }
        if (guess_) {
            guess_->since_boot = in_milliseconds(uptime);
        }
        return UnpackedReading{.name = name_ + record.value("n", ""),
                               .unit = record.value("u", unit_),
                               .at = in_milliseconds(time),
                               .value = record.at("v").get<double>(),
                               .epoch = epoch_,
                               .seq = *seq_,
                               .guess = guess_};
    }

private:
    void begin_guess(const Json& record, double since_base) {
        guess_ = Row::Guess{record.value("boot", std::int64_t{0}), BootTime(0)};
        uptime_ = record.value("uptime", 0.0) - since_base;
        if (const auto uncertainty = record.value("uncertainty", 0.0);
            uncertainty > 0 && sound(uncertainty)) {
            guess_->uncertainty = in_milliseconds(uncertainty);
        }
    }

    std::string name_;
    std::string unit_;
    std::string epoch_;
    double time_ = 0;
    double uptime_ = 0; ///< where t is 0
    std::optional<Row::Guess> guess_;
    Seq step_ = 1;
    std::optional<Seq> seq_;
};

} // namespace

std::optional<std::vector<UnpackedReading>> unpack(std::string_view payload) {
    const auto pack = Json::parse(payload, nullptr, false);
    if (!pack.is_array() || pack.empty()) {
        return std::nullopt;
    }
    std::vector<UnpackedReading> readings;
    readings.reserve(pack.size());
    try {
        Resolver resolver;
        for (const auto& record : pack) {
            auto reading = resolver.resolve(record);
            if (!reading) {
                return std::nullopt;
            }
            readings.push_back(std::move(*reading));
        }
    } catch (const Json::exception&) {
        return std::nullopt;
    }
    return readings;
}

} // namespace holdfast::uplink
