#include "edge/control/output.hpp"

#include "core/error.hpp"
#include "edge/control/instructions.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace holdfast::control {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_quoted = 100;

std::optional<Order> safe_order(const config::OutputSettings& settings, bool takes_text) {
    if (!settings.safe || *settings.safe == "keep") {
        return settings.safe || takes_text ? std::nullopt : std::optional(Order{Order::Kind::off});
    }
    auto order = [&] {
        try {
            return parse_order(*settings.safe, takes_text);
        } catch (const Error& error) {
            throw InputError(settings.safe_where, 0, std::string("safe: ") + error.what());
        }
    }();
    if (order.kind == Order::Kind::toggle || order.kind == Order::Kind::pulse) {
        throw InputError(settings.safe_where, 0,
                         "safe: a state is expected (on, off, keep), not a change");
    }
    return order;
}

} // namespace

Output::Output(ports::Ports& ports, const config::OutputSettings& settings, Handlers handlers)
    : ports_(ports)
    , settings_(settings)
    , handlers_(std::move(handlers))
    , device_(make_output(
          ports, settings,
          {.ready =
               [this] {
                   set_status("online");
                   if (!state().empty()) {
                       set(state());
                   }
                   if (status_ == "online") { // or it failed again at once, and waits on
                       end_waiting("state", state());
                   }
               },
           .failed =
               [this](std::string_view reason) { set_status("offline: " + std::string(reason)); },
           .replied = [this](std::string_view line) { replied(line); }}))
    , logic_(safe_order(settings, device_->takes_text()), settings.controller_timeout)
    , timer_(ports.loop)
    , reply_timer_(ports.loop) {}

void Output::start() {
    subscriptions_ = subscribe_orders(ports_.orders, settings_.topic,
                                      [this](const ports::BusMessage& message) { take(message); });
    device_->start();
}

void Output::stop() noexcept {
    subscriptions_.clear();
    alive_.reset();
    if (!logic_.safe_state().empty()) {
        device_->set_at_end(logic_.make_safe());
        if (told_ != state()) {
            handlers_.changed(*this);
        }
    }
}

void Output::take(const ports::BusMessage& message) {
    const auto text = message.payload.substr(0, most_quoted);
    if (message.retain) {
        return answer(text, "refused",
                      "the order is retained, and would be carried out again at each reconnect: "
                      "publish it without the retain flag");
    }
    if (message.late) {
        return answer(text, "refused",
                      "the order waited while the daemon was away, and may hold no more: give it "
                      "again if it does");
    }
    try {
        order(message.payload);
    } catch (const Error& error) {
        return answer(text, "refused", error.what());
    }
    if (status_ != "online") {
        end_waiting("refused", "another order came before the device was ready");
        waits_ = text;
        return answer(text, "waits", status_.empty() ? "the device is not ready yet" : status_);
    }
    if (device_->reply_within()) {
        awaits_reply_ = text;
        reply_timer_.expires_after(*device_->reply_within());
        reply_timer_.async_wait([this, alive = std::weak_ptr(alive_)](const auto& cancelled) {
            if (!cancelled && !alive.expired()) {
                no_reply();
            }
        });
        return;
    }
    answer(text, "state", state());
}

void Output::check(std::string_view payload) const {
    parse_order(payload, device_->takes_text());
}

void Output::order(std::string_view payload) {
    const auto order = parse_order(payload, device_->takes_text());
    const auto state = logic_.order(order, boot_now());
    sleep();
    set(state);
}

void Output::set(const std::string& state) {
    if (status_ == "online") {
        try {
            device_->set(state);
        } catch (const Error& error) {
            set_status(std::string("offline: ") + error.what());
        }
    }
    if (told_ != state) {
        told_ = state;
        handlers_.changed(*this);
    }
}

void Output::set_status(std::string status) {
    if (status == status_) {
        return;
    }
    status_ = std::move(status);
    ports_.log.notice("output", {{"output", settings_.name}, {"status", status_}});
    handlers_.status(*this);
}

void Output::answer(const std::string& order, std::string_view member,
                    std::string_view text) const {
    const Json json{{"order", order}, {std::string(member), text}};
    handlers_.answer(settings_.topic.str() + "/ack",
                     json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// The order that waited for the device, if there is one, gets its second answer.
void Output::end_waiting(std::string_view member, std::string_view text) {
    if (!waits_.empty()) {
        answer(std::exchange(waits_, {}), member, text);
    }
}

void Output::replied(std::string_view line) {
    if (awaits_reply_.empty()) {
        return;
    }
    reply_timer_.cancel();
    answer(std::exchange(awaits_reply_, {}), "reply", line);
}

void Output::no_reply() {
    if (!awaits_reply_.empty()) {
        answer(std::exchange(awaits_reply_, {}), "refused", "the device did not answer in time");
    }
}

void Output::sleep() {
    const auto next = logic_.wake();
    if (!next) {
        timer_.cancel();
        return;
    }
    timer_.expires_after(std::max<BootTime>(*next - boot_now(), BootTime(1)));
    timer_.async_wait([this, alive = std::weak_ptr(alive_)](const auto& cancelled) {
        if (cancelled || alive.expired()) {
            return;
        }
        if (const auto state = logic_.tick(boot_now())) {
            set(*state);
        }
        sleep();
    });
}

} // namespace holdfast::control
