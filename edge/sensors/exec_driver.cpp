#include "config/section_reader.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "edge/ports/line_splitter.hpp"
#include "edge/sensors/command_words.hpp"
#include "edge/sensors/drivers.hpp"
#include "edge/sensors/line_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace holdfast::sensors {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using ports::LineSplitter;
using std::chrono::milliseconds;

constexpr milliseconds first_retry{1000};
constexpr milliseconds longest_retry{60'000};
/// What a program writes to standard error goes to the log, but may not fill it.
constexpr unsigned most_logged_a_minute = 60;

/// Where one stream of a program comes out, line by line.
class LineReader {
public:
    LineReader(asio::io_context& loop, LineSplitter::Handlers handlers, std::function<void()> ended)
        : stream_(loop)
        , ended_(std::move(ended))
        , splitter_(std::move(handlers), LineSplitter::Start::with_a_line) {}

    /// Answers the end that the program writes to.
    UniqueFd open() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            throw_errno("pipe");
        }
        stream_.assign(ends[0]);
        splitter_.restart();
        read();
        return UniqueFd(ends[1]);
    }

    void close() {
        error_code ignored;
        stream_.close(ignored);
        alive_ = std::make_shared<char>();
    }

private:
    void read() {
        stream_.async_read_some(
            asio::buffer(bytes_),
            [this, alive = std::weak_ptr(alive_)](const error_code& error, std::size_t got) {
                if (alive.expired()) {
                    return;
                }
                if (error) {
                    return ended_();
                }
                splitter_.feed({bytes_.data(), got});
                read();
            });
    }

    asio::posix::stream_descriptor stream_;
    std::function<void()> ended_;
    LineSplitter splitter_;
    std::array<char, 4096> bytes_{};
    std::shared_ptr<void> alive_ = std::make_shared<char>(); ///< gone when this is, for handlers
};

class Exec : public Driver {
public:
    Exec(ports::Ports& ports, std::string sensor, std::vector<std::string> words, LineFormat format,
         milliseconds patience, Outlet& outlet)
        : log_(ports.log)
        , sensor_(std::move(sensor))
        , words_(std::move(words))
        , format_(std::move(format))
        , patience_(patience)
        , outlet_(outlet)
        , timer_(ports.loop)
        , ended_(ports.loop)
        , output_(ports.loop,
                  {[this](std::string_view line) { take(line); },
                   [this] {
                       outlet_.rejected(fmt::format("a line is longer than {} bytes",
                                                    LineSplitter::max_line_bytes));
                   }},
                  [] {})
        , errors_(ports.loop, {[this](std::string_view line) { complain(line); }, [] {}}, [] {}) {}

    void start() override { launch(); }
    Pace pace() const noexcept override { return Pace::device; }
    milliseconds patience() const noexcept override { return patience_; }
    void set_every(milliseconds every) override {
        patience_ = std::max(patience_, two_periods(every));
    }

private:
    void launch() {
        try {
            last_words_.clear();
            auto words = words_;
            words.front() = find_program(words.front()).string();
            const auto output = output_.open();
            const auto errors = errors_.open();
            process_.emplace(ChildProcess::Command{.arguments = words,
                                                   .log = "/dev/null",
                                                   .output = output.get(),
                                                   .errors = errors.get()});
            // The copy is Asio's to close; the pidfd becomes readable when the program ends.
            ended_.assign(::dup(process_->pidfd()));
            ended_.async_wait(asio::posix::stream_descriptor::wait_read,
                              [this, alive = std::weak_ptr(alive_)](const error_code& cancelled) {
                                  if (!cancelled && !alive.expired()) {
                                      linger();
                                  }
                              });
        } catch (const std::exception& error) {
            fail(error.what());
        }
    }

    /// Its last lines may still be in the pipes: they were readable before the end was.
    void linger() {
        timer_.expires_after(milliseconds(50));
        timer_.async_wait([this, alive = std::weak_ptr(alive_)](const error_code& cancelled) {
            if (!cancelled && !alive.expired()) {
                fail(describe_end());
            }
        });
    }

    std::string describe_end() {
        const auto status = process_->wait(milliseconds(0));
        auto reason = fmt::format("{} ended with {}", words_.front(),
                                  status ? describe_exit(*status) : "an unknown status");
        return last_words_.empty() ? reason : fmt::format("{}: {}", reason, last_words_);
    }

    void fail(const std::string& reason) {
        output_.close();
        errors_.close();
        error_code ignored;
        ended_.close(ignored);
        process_.reset();
        timer_.expires_after(delay_);
        delay_ = std::min(2 * delay_, longest_retry);
        timer_.async_wait([this, alive = std::weak_ptr(alive_)](const error_code& cancelled) {
            if (!cancelled && !alive.expired()) {
                launch();
            }
        });
        outlet_.offline(reason);
    }

    void take(std::string_view line) {
        const auto parsed = parse_line(line, format_);
        if (parsed.value) {
            delay_ = first_retry;
            outlet_.value(*parsed.value, boot_now());
        } else {
            outlet_.rejected(parsed.fault);
        }
    }

    void complain(std::string_view line) {
        const auto now = std::chrono::steady_clock::now();
        if (now - minute_ >= std::chrono::minutes(1)) {
            minute_ = now;
            logged_ = 0;
        }
        last_words_ = quoted(line);
        if (logged_++ < most_logged_a_minute) {
            log_.info("sensor program", {{"sensor", sensor_}, {"says", line}});
        }
    }

    Log log_;
    std::string sensor_;
    std::vector<std::string> words_;
    LineFormat format_;
    milliseconds patience_;
    Outlet& outlet_;
    asio::steady_timer timer_;
    milliseconds delay_ = first_retry;
    std::string last_words_; ///< on standard error
    std::chrono::steady_clock::time_point minute_{};
    unsigned logged_ = 0;
    std::optional<ChildProcess> process_;
    asio::posix::stream_descriptor ended_;
    LineReader output_;
    LineReader errors_;
    std::shared_ptr<void> alive_ = std::make_shared<char>(); ///< gone when this is, for handlers
};

std::unique_ptr<Driver> make(ports::Ports& ports, const config::SensorSettings& settings,
                             Outlet& outlet) {
    config::SectionReader keys(settings.driver_keys);
    auto words = keys.made("command", keys.required("command"),
                           [](const std::string& text) { return command_words(text); });
    auto format = read_line_format(keys);
    const auto patience = read_patience(keys, settings.every);
    keys.finish();
    return std::make_unique<Exec>(ports, settings.name, std::move(words), std::move(format),
                                  patience, outlet);
}

} // namespace

DriverInfo exec_driver() {
    return {"exec", "lines that a program prints, such as a Python script for a sensor",
            R"([sensor co2]
driver = exec
# A program that runs on and prints a line for each value. It is started again, with a growing
# pause, when it ends. Python keeps its output back unless told otherwise: -u, or flush=True.
command = python3 -u /home/pi/co2.py
# Lines are read as of a serial port: field = N or key = WORD where there are several numbers.
# A program that says nothing for 'patience' is offline: two periods, and no less than 10s.
patience = 10s
every = 5s
)",
            make};
}

} // namespace holdfast::sensors
