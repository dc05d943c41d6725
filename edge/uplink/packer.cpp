#include "edge/uplink/packer.hpp"

#include "edge/uplink/senml_pack.hpp"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <string_view>

namespace holdfast::uplink {

namespace {

class Packer {
public:
    explicit Packer(const PackOptions& options)
        : options_(options) {}

    void add(const Row& row, const Row::Measured& measured) {
        if (measured.series.get().format == Format::scalar) {
            alone(row, measured.series.get().topic, fmt::format("{}", measured.value), false);
        } else if (options_.one_reading_each) {
            const SenmlRecord record{row, measured};
            done_.push_back(SenmlPack(options_, record, 1).finish());
        } else {
            by_topic_[measured.series.get().topic].push_back({row, measured});
        }
    }

    void add(const Row& row, const Message& message) {
        alone(row, message.topic, message.payload, message.retain);
    }

    std::vector<Batch> finish() {
        for (const auto& [topic, records] : by_topic_) {
            pack_together(records);
        }
        return std::move(done_);
    }

private:
    void alone(const Row& row, std::string topic, std::string payload, bool retain) {
        Batch batch{
            .topic = std::move(topic), .payload = std::move(payload), .retain = retain, .rows = {}};
        batch.rows.insert(row.covers);
        done_.push_back(std::move(batch));
    }

    void pack_together(const std::vector<SenmlRecord>& records) {
        const auto step = usual_step(records);
        SenmlPack open(options_, records.front(), step);
        for (auto next = std::next(records.begin()); next != records.end(); ++next) {
            if (!open.add(*next)) {
                done_.push_back(open.finish());
                open = SenmlPack(options_, *next, step);
            }
        }
        done_.push_back(open.finish());
    }

    const PackOptions& options_;
    std::map<std::string_view, std::vector<SenmlRecord>> by_topic_;
    std::vector<Batch> done_;
};

} // namespace

std::vector<Batch> pack(std::span<const Row> rows, const PackOptions& options) {
    Packer packer(options);
    for (const auto& row : rows) {
        std::visit([&](const auto& content) { packer.add(row, content); }, row.content);
    }
    return packer.finish();
}

} // namespace holdfast::uplink
