// libgpiod 2 (Debian 13 and later).
#include "core/error.hpp"
#include "edge/ports/gpio_backend.hpp"

#include <gpiod.h>

namespace holdfast::ports::gpio_backend {

namespace {

template <auto release>
struct Release {
    template <typename Handle>
    void operator()(Handle* handle) const noexcept {
        release(handle);
    }
};
using ChipHandle = std::unique_ptr<gpiod_chip, Release<gpiod_chip_close>>;
using LineHandle = std::unique_ptr<gpiod_line_request, Release<gpiod_line_request_release>>;
using LineInfo = std::unique_ptr<gpiod_line_info, Release<gpiod_line_info_free>>;
using LineSettings = std::unique_ptr<gpiod_line_settings, Release<gpiod_line_settings_free>>;
using LineConfig = std::unique_ptr<gpiod_line_config, Release<gpiod_line_config_free>>;
using RequestConfig = std::unique_ptr<gpiod_request_config, Release<gpiod_request_config_free>>;
using EdgeBuffer = std::unique_ptr<gpiod_edge_event_buffer, Release<gpiod_edge_event_buffer_free>>;

constexpr std::size_t edges_at_once = 64;

template <typename Handle>
Handle made(Handle handle) {
    if (!handle) {
        throw_errno("libgpiod");
    }
    return handle;
}

gpiod_line_bias bias_of(GpioBias bias) {
    switch (bias) {
    case GpioBias::pull_up:
        return GPIOD_LINE_BIAS_PULL_UP;
    case GpioBias::pull_down:
        return GPIOD_LINE_BIAS_PULL_DOWN;
    case GpioBias::none:
        return GPIOD_LINE_BIAS_DISABLED;
    case GpioBias::as_is:
        break;
    }
    return GPIOD_LINE_BIAS_AS_IS;
}

gpiod_line_value value_of(bool level) {
    return level ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
}

LineSettings settings_of(const Request& request) {
    auto settings = made(LineSettings(gpiod_line_settings_new()));
    const bool output = request.direction == Direction::output;
    gpiod_line_settings_set_direction(settings.get(), output ? GPIOD_LINE_DIRECTION_OUTPUT
                                                             : GPIOD_LINE_DIRECTION_INPUT);
    if (request.direction == Direction::input_with_edges) {
        gpiod_line_settings_set_edge_detection(settings.get(), GPIOD_LINE_EDGE_BOTH);
    }
    gpiod_line_settings_set_bias(settings.get(), bias_of(request.bias));
    gpiod_line_settings_set_active_low(settings.get(), request.active_low);
    gpiod_line_settings_set_output_value(settings.get(), value_of(request.level));
    return settings;
}

class Line final : public GpioLine {
public:
    Line(LineHandle request, std::vector<unsigned> lines, bool edges)
        : request_(std::move(request))
        , lines_(std::move(lines))
        , values_(lines_.size())
        , buffer_(edges ? made(EdgeBuffer(gpiod_edge_event_buffer_new(edges_at_once)))
                        : EdgeBuffer()) {}

    int fd() const noexcept override {
        return buffer_ ? gpiod_line_request_get_fd(request_.get()) : -1;
    }

    std::uint32_t levels() override {
        if (gpiod_line_request_get_values_subset(request_.get(), lines_.size(), lines_.data(),
                                                 values_.data()) != 0) {
            throw_errno("the level cannot be read");
        }
        std::uint32_t levels = 0;
        for (std::size_t i = 0; i < values_.size(); ++i) {
            levels |= values_[i] == GPIOD_LINE_VALUE_ACTIVE ? 1U << i : 0U;
        }
        return levels;
    }

    std::vector<GpioEdge> edges() override {
        std::vector<GpioEdge> edges;
        while (gpiod_line_request_wait_edge_events(request_.get(), 0) > 0) {
            const int count =
                gpiod_line_request_read_edge_events(request_.get(), buffer_.get(), edges_at_once);
            if (count < 0) {
                throw_errno("edges cannot be read");
            }
            for (unsigned long i = 0; i < static_cast<unsigned long>(count); ++i) {
                auto* const event = gpiod_edge_event_buffer_get_event(buffer_.get(), i);
                edges.push_back(
                    {gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE,
                     edge_time(std::chrono::nanoseconds(
                         static_cast<std::int64_t>(gpiod_edge_event_get_timestamp_ns(event))))});
            }
        }
        return edges;
    }

    void set(bool level) override {
        values_.assign(values_.size(), value_of(level));
        if (gpiod_line_request_set_values_subset(request_.get(), lines_.size(), lines_.data(),
                                                 values_.data()) != 0) {
            throw_errno("the level cannot be set");
        }
    }

private:
    LineHandle request_;
    std::vector<unsigned> lines_;
    std::vector<gpiod_line_value> values_;
    EdgeBuffer buffer_;
};

class ChipV2 final : public Chip {
public:
    explicit ChipV2(const std::filesystem::path& path)
        : chip_(gpiod_chip_open(path.c_str())) {
        if (!chip_) {
            throw_errno(path.string());
        }
    }

    std::optional<unsigned> line_named(const std::string& name) override {
        const int line = gpiod_chip_get_line_offset_from_name(chip_.get(), name.c_str());
        return line < 0 ? std::nullopt : std::optional(static_cast<unsigned>(line));
    }

    unsigned line_count() override {
        auto* const info = gpiod_chip_get_info(chip_.get());
        if (info == nullptr) {
            throw_errno("the chip says nothing of itself");
        }
        const std::unique_ptr<gpiod_chip_info, Release<gpiod_chip_info_free>> held(info);
        return static_cast<unsigned>(gpiod_chip_info_get_num_lines(info));
    }

    std::string holder(unsigned line) override {
        const LineInfo info(gpiod_chip_get_line_info(chip_.get(), line));
        if (!info || !gpiod_line_info_is_used(info.get())) {
            return "";
        }
        const char* const name = gpiod_line_info_get_consumer(info.get());
        return name == nullptr ? "the kernel" : name;
    }

    std::unique_ptr<GpioLine> request(const std::vector<unsigned>& numbers,
                                      const Request& request) override {
        const auto settings = settings_of(request);
        const auto lines = made(LineConfig(gpiod_line_config_new()));
        const auto config = made(RequestConfig(gpiod_request_config_new()));
        gpiod_request_config_set_consumer(config.get(), consumer);
        if (gpiod_line_config_add_line_settings(lines.get(), numbers.data(), numbers.size(),
                                                settings.get()) != 0) {
            throw_errno("it cannot be configured");
        }
        LineHandle handle(gpiod_chip_request_lines(chip_.get(), config.get(), lines.get()));
        if (!handle) {
            throw_errno("it cannot be requested");
        }
        return std::make_unique<Line>(std::move(handle), numbers,
                                      request.direction == Direction::input_with_edges);
    }

private:
    ChipHandle chip_;
};

} // namespace

std::shared_ptr<Chip> open_chip(const std::filesystem::path& path) {
    return std::make_shared<ChipV2>(path);
}

} // namespace holdfast::ports::gpio_backend
