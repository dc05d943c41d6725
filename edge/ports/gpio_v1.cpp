// libgpiod 1.6 (Debian 12).
#include "core/error.hpp"
#include "edge/ports/gpio_backend.hpp"

#include <gpiod.h>
#include <poll.h>

#include <array>

namespace holdfast::ports::gpio_backend {

namespace {

struct CloseChip {
    void operator()(gpiod_chip* chip) const noexcept { gpiod_chip_close(chip); }
};
struct ReleaseLines {
    void operator()(gpiod_line_bulk* lines) const noexcept {
        gpiod_line_release_bulk(lines);
        std::default_delete<gpiod_line_bulk>()(lines);
    }
};
using Lines = std::unique_ptr<gpiod_line_bulk, ReleaseLines>;
using Values = std::array<int, GPIOD_LINE_BULK_MAX_LINES>;

int flags_of(const Request& request) {
    int flags = request.active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
    switch (request.bias) {
    case GpioBias::as_is:
        break;
    case GpioBias::pull_up:
        flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
        break;
    case GpioBias::pull_down:
        flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
        break;
    case GpioBias::none:
        flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
        break;
    }
    return flags;
}

int type_of(Direction direction) {
    switch (direction) {
    case Direction::input:
        return GPIOD_LINE_REQUEST_DIRECTION_INPUT;
    case Direction::input_with_edges:
        return GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES;
    case Direction::output:
        break;
    }
    return GPIOD_LINE_REQUEST_DIRECTION_OUTPUT;
}

class Line final : public GpioLine {
public:
    Line(std::shared_ptr<gpiod_chip> chip, Lines lines)
        : chip_(std::move(chip))
        , lines_(std::move(lines)) {}

    int fd() const noexcept override { return gpiod_line_event_get_fd(first()); }

    std::uint32_t levels() override {
        Values values{};
        if (gpiod_line_get_value_bulk(lines_.get(), values.data()) != 0) {
            throw_errno("the level cannot be read");
        }
        std::uint32_t levels = 0;
        for (unsigned i = 0; i < lines_->num_lines; ++i) {
            levels |= values.at(i) != 0 ? 1U << i : 0U;
        }
        return levels;
    }

    std::vector<GpioEdge> edges() override {
        std::vector<GpioEdge> edges;
        pollfd readable{fd(), POLLIN, 0};
        while (::poll(&readable, 1, 0) > 0) {
            gpiod_line_event event{};
            if (gpiod_line_event_read(first(), &event) != 0) {
                throw_errno("edges cannot be read");
            }
            edges.push_back({event.event_type == GPIOD_LINE_EVENT_RISING_EDGE,
                             edge_time(std::chrono::seconds(event.ts.tv_sec) +
                                       std::chrono::nanoseconds(event.ts.tv_nsec))});
        }
        return edges;
    }

    void set(bool level) override {
        Values values{};
        values.fill(level ? 1 : 0);
        if (gpiod_line_set_value_bulk(lines_.get(), values.data()) != 0) {
            throw_errno("the level cannot be set");
        }
    }

private:
    gpiod_line* first() const noexcept { return gpiod_line_bulk_get_line(lines_.get(), 0); }

    std::shared_ptr<gpiod_chip> chip_; ///< owns the memory of the lines
    Lines lines_;
};

class ChipV1 final : public Chip {
public:
    explicit ChipV1(const std::filesystem::path& path) {
        // A shared pointer would hand a null pointer, too, to its deleter.
        std::unique_ptr<gpiod_chip, CloseChip> chip(gpiod_chip_open(path.c_str()));
        if (!chip) {
            throw_errno(path.string());
        }
        chip_ = std::move(chip);
    }

    std::optional<unsigned> line_named(const std::string& name) override {
        auto* const line = gpiod_chip_find_line(chip_.get(), name.c_str());
        return line == nullptr ? std::nullopt : std::optional(gpiod_line_offset(line));
    }

    unsigned line_count() override { return gpiod_chip_num_lines(chip_.get()); }

    std::string holder(unsigned line) override {
        auto* const held = get(line);
        if (!gpiod_line_is_used(held)) {
            return "";
        }
        const auto* const name = gpiod_line_consumer(held);
        return name == nullptr ? "the kernel" : name;
    }

    std::unique_ptr<GpioLine> request(const std::vector<unsigned>& lines,
                                      const Request& request) override {
        auto wanted = std::make_unique<gpiod_line_bulk>();
        for (const auto line : lines) {
            gpiod_line_bulk_add(wanted.get(), get(line));
        }
        Values levels{};
        levels.fill(request.level ? 1 : 0);
        const gpiod_line_request_config config{consumer, type_of(request.direction),
                                               flags_of(request)};
        if (gpiod_line_request_bulk(wanted.get(), &config, levels.data()) != 0) {
            throw_errno("it cannot be requested");
        }
        return std::make_unique<Line>(chip_, Lines(wanted.release()));
    }

private:
    gpiod_line* get(unsigned number) {
        auto* const line = gpiod_chip_get_line(chip_.get(), number);
        if (line == nullptr) {
            throw_errno("the line cannot be looked up");
        }
        return line;
    }

    std::shared_ptr<gpiod_chip> chip_;
};

} // namespace

std::shared_ptr<Chip> open_chip(const std::filesystem::path& path) {
    return std::make_shared<ChipV1>(path);
}

} // namespace holdfast::ports::gpio_backend
