#pragma once

#include "edge/ports/line_splitter.hpp"
#include "edge/ports/serial_line.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/serial_port.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::ports {

/// A serial port that several sensors and outputs may share: each line goes to all of them.
///
/// - open while anybody listens; what is missing or was unplugged is opened again with backoff
/// - locked against other programs; closing does not reset the device (HUPCL is off)
/// - at most max_waiting lines wait to be written
class SerialPort {
public:
    static constexpr std::size_t max_waiting = 64;

    class Listener {
    public:
        virtual ~Listener() = default;
        virtual void line(std::string_view text) = 0;
        virtual void overlong() = 0;
        /// The port can be written to.
        virtual void opened() = 0;
        /// It cannot be used, for that reason; it goes on trying.
        virtual void failed(std::string_view reason) = 0;
    };

    SerialPort(boost::asio::io_context& loop, SerialSettings settings);
    SerialPort(const SerialPort&) = delete;
    SerialPort& operator=(const SerialPort&) = delete;

    const SerialSettings& settings() const noexcept { return settings_; }

    /// The first listener opens the port at once; failed() may be called from here.
    void attach(Listener& listener);
    /// The last one closes it.
    void detach(Listener& listener) noexcept;

    /// Queues `bytes`; false where the port is not open or too much waits already.
    bool write(std::string bytes);
    /// Writes what fits into the kernel's buffer at once, as the last thing before the end.
    void write_now(std::string_view bytes) noexcept;

private:
    template <typename Call>
    void tell(Call call);
    void open();
    void settled();
    void read();
    void write_next();
    void fail(const boost::system::error_code& error);

    SerialSettings settings_;
    boost::asio::serial_port port_;
    boost::asio::steady_timer retry_;
    boost::asio::steady_timer settle_timer_;
    std::chrono::milliseconds delay_;
    std::array<char, 4096> bytes_{};
    LineSplitter splitter_;
    std::deque<std::string> waiting_;
    bool writing_ = false;
    bool settled_ = false;
    std::string trouble_; ///< why it is not open
    std::vector<Listener*> listeners_;
    std::shared_ptr<void> alive_ = std::make_shared<char>(); ///< gone when this is, for handlers
};

/// The serial ports in use, by device.
class SerialPorts {
public:
    /// The port of that device, shared while anybody holds it. Throws Error where it is in use with
    /// other settings.
    std::shared_ptr<SerialPort> port(boost::asio::io_context& loop, const SerialSettings& settings);

private:
    std::map<std::string, std::weak_ptr<SerialPort>> ports_;
};

} // namespace holdfast::ports
