#include "config/section_reader.hpp"
#include "core/error.hpp"
#include "edge/control/output_device.hpp"

#include <algorithm>

namespace holdfast::control {

namespace {

using std::chrono::milliseconds;

struct SerialWords {
    std::optional<std::string> on;
    std::optional<std::string> off;
    std::string line_end;
    std::optional<std::string> reply; ///< how a line that answers an order begins
    milliseconds reply_within{0};
    bool texts = false;
};

class SerialOutput : public OutputDevice, private ports::SerialPort::Listener {
public:
    SerialOutput(std::shared_ptr<ports::SerialPort> port, SerialWords words, Handlers handlers)
        : port_(std::move(port))
        , words_(std::move(words))
        , handlers_(std::move(handlers)) {}
    SerialOutput(const SerialOutput&) = delete;
    SerialOutput& operator=(const SerialOutput&) = delete;
    ~SerialOutput() override { port_->detach(*this); }

    void start() override { port_->attach(*this); }

    void set(const std::string& state) override {
        if (!port_->write(bytes_of(state))) {
            throw Error("the port cannot be written to at present");
        }
    }

    void set_at_end(const std::string& state) noexcept override {
        port_->write_now(bytes_of(state));
    }

    bool takes_text() const noexcept override { return words_.texts; }
    std::optional<milliseconds> reply_within() const noexcept override {
        return words_.reply ? std::optional(words_.reply_within) : std::nullopt;
    }

private:
    std::string bytes_of(const std::string& state) const {
        if (state == "on" && words_.on) {
            return *words_.on + words_.line_end;
        }
        if (state == "off" && words_.off) {
            return *words_.off + words_.line_end;
        }
        return state + words_.line_end;
    }

    void line(std::string_view text) override {
        if (words_.reply && text.rfind(*words_.reply, 0) == 0) {
            handlers_.replied(text);
        }
    }
    void overlong() override {}
    void opened() override { handlers_.ready(); }
    void failed(std::string_view reason) override { handlers_.failed(reason); }

    std::shared_ptr<ports::SerialPort> port_;
    SerialWords words_;
    Handlers handlers_;
};

SerialWords read_words(config::SectionReader& keys) {
    SerialWords words;
    words.on = keys.text("on");
    words.off = keys.text("off");
    if (words.on.has_value() != words.off.has_value()) {
        keys.refuse(words.on ? "on" : "off", "both on and off are expected, or neither");
    }
    const auto end = keys.choice("line_end", {"lf", "crlf", "none"}).value_or("lf");
    words.line_end = end == "lf" ? "\n" : (end == "crlf" ? "\r\n" : "");
    words.reply = keys.text("reply");
    words.reply_within = keys.duration("reply_within").value_or(milliseconds(2000));
    words.texts = keys.yes_no("texts").value_or(!words.on);
    return words;
}

std::unique_ptr<OutputDevice> make(ports::Ports& ports, const config::OutputSettings& settings,
                                   OutputDevice::Handlers handlers) {
    config::SectionReader keys(settings.driver_keys);
    const auto line = ports::read_serial_settings(keys);
    auto words = read_words(keys);
    keys.finish();
    auto port = keys.made("device", line.device, [&](const std::string& /*device*/) {
        return ports.serial.port(ports.loop, line);
    });
    return std::make_unique<SerialOutput>(std::move(port), std::move(words), std::move(handlers));
}

} // namespace

OutputInfo serial_output() {
    return {"serial", "lines written to a serial port, as an Arduino takes them",
            R"([output relay]
driver = serial
# A port that sensors read can be shared; its settings must be the same there.
device = /dev/serial/by-id/usb-Arduino_Uno-if00
baud = 9600
# What is written for the orders on and off.
on = R1
off = R0
line_end = lf
# Whether other texts are orders too, and are written as they are: the default without on and off.
texts = no
# A line that begins so answers an order; without one in time the order counts as failed.
reply = OK
reply_within = 2s
# After opening, writing waits for the device's first line or for so long: opening resets an Uno.
settle = 2s
safe = off
)",
            make};
}

} // namespace holdfast::control
