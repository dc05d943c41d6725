#include "edge/control/output_logic.hpp"

#include <algorithm>

namespace holdfast::control {

namespace {

const std::string on = "on";
const std::string off = "off";

} // namespace

OutputLogic::OutputLogic(std::optional<Order> safe,
                         std::optional<std::chrono::milliseconds> controller_timeout)
    : safe_(std::move(safe))
    , timeout_(controller_timeout)
    , state_(safe_state()) {}

std::string OutputLogic::safe_state() const {
    if (!safe_) {
        return "";
    }
    return safe_->kind == Order::Kind::text ? safe_->text
                                            : (safe_->kind == Order::Kind::on ? on : off);
}

void OutputLogic::apply(const Order& order, BootTime now) {
    pulse_end_.reset();
    switch (order.kind) {
    case Order::Kind::on:
        state_ = on;
        return;
    case Order::Kind::off:
        state_ = off;
        return;
    case Order::Kind::toggle:
        state_ = state_ == on ? off : on;
        return;
    case Order::Kind::pulse:
        state_ = on;
        pulse_end_ = now + order.length;
        return;
    case Order::Kind::text:
        state_ = order.text;
        return;
    }
}

const std::string& OutputLogic::order(const Order& order, BootTime now) {
    apply(order, now);
    if (timeout_) {
        silent_at_ = now + *timeout_;
    }
    return state_;
}

const std::string& OutputLogic::make_safe() {
    silent_at_.reset();
    if (safe_) {
        apply(*safe_, {});
    }
    return state_;
}

std::optional<std::string> OutputLogic::tick(BootTime now) {
    const auto before = state_;
    if (pulse_end_ && now >= *pulse_end_) {
        pulse_end_.reset();
        state_ = off;
    }
    if (silent_at_ && now >= *silent_at_) {
        make_safe();
    }
    return state_ == before ? std::nullopt : std::optional(state_);
}

std::optional<BootTime> OutputLogic::wake() const noexcept {
    if (pulse_end_ && silent_at_) {
        return std::min(*pulse_end_, *silent_at_);
    }
    return pulse_end_ ? pulse_end_ : silent_at_;
}

} // namespace holdfast::control
