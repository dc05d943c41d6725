// From a reading to what an alarm does: alarm_bench FOLDER [ALARMS]
//
// A whole appliance with its cloud broker on loopback. A line is written at the far end of a serial
// port whose sensor has an alarm; the time runs until the alarm's order arrives at the far end of
// another serial port, and until its event reaches a subscriber of the local broker. First with the
// cloud, then without (200 alarms each unless told).

#include "cli/setup/installation.hpp"
#include "cli/setup/set_up.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"
#include "core/reserved_port.hpp"
#include "core/topics.hpp"
#include "core/unique_fd.hpp"
#include "edge/mqtt/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <termios.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>
#include <vector>

using namespace holdfast;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto patience = 30s;

/// The far end of a serial line.
class Line {
public:
    explicit Line(boost::asio::io_context& loop)
        : end_(loop, open()) {}

    std::string port() { return ::ptsname(end_.native_handle()); }
    void send(const std::string& text) {
        if (::write(end_.native_handle(), text.data(), text.size()) < 0) {
            throw_errno("pseudo-terminal");
        }
    }
    /// Tells of all that arrives from now on.
    void listen(const std::function<void(std::string_view)>& heard) {
        end_.async_read_some(boost::asio::buffer(bytes_), [=, this](const auto& error, auto got) {
            if (!error) {
                heard({bytes_.data(), got});
                listen(heard);
            }
        });
    }

private:
    static int open() {
        UniqueFd end(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
        termios raw{};
        if (!end || ::grantpt(end.get()) != 0 || ::unlockpt(end.get()) != 0 ||
            ::tcgetattr(end.get(), &raw) != 0) {
            throw_errno("posix_openpt");
        }
        ::cfmakeraw(&raw);
        ::tcsetattr(end.get(), TCSANOW, &raw);
        return end.release();
    }

    std::array<char, 256> bytes_{};
    boost::asio::posix::stream_descriptor end_;
};

class Bench {
public:
    explicit Bench(std::filesystem::path folder)
        : folder_(std::move(folder))
        , sensor_(loop_)
        , siren_(loop_) {
        set_up();
        cloud_.emplace(broker("cloud"));
        broker_.emplace(broker("appliance/generated"));
        daemon_.emplace(ChildProcess::Command{
            {HOLDFAST_EDGE, "--config", (folder_ / "appliance/holdfast.conf").string()},
            folder_ / "daemon.log"});
        siren_.listen([this](std::string_view text) {
            if (text.find(expected_order_) != std::string_view::npos) {
                acted_ = Clock::now();
            }
        });
        viewer_.emplace(loop_, library_, viewer(), mqtt::Acknowledge::at_once, handlers(),
                        Log::silent());
        for (const auto& topic : {std::string("alarms/near"), std::string("holdfast/status"),
                                  topics::link("bench"), topics::sensor_status("distance")}) {
            viewer_->subscribe(topic, 0);
        }
        viewer_->start();
        await("the link to the cloud", [this] { return link_; });
        // The first line after opening is dropped.
        await("the sensor's first value", [this] {
            sensor_.send("100\n");
            return online_;
        });
    }

    void without_cloud() {
        cloud_.reset();
        await("the end of the link", [this] { return !link_; });
    }

    void run(const std::string& title, long alarms) {
        std::vector<double> actions;
        std::vector<double> events;
        for (long i = 0; i < alarms; ++i) {
            loop_.run_for(std::chrono::milliseconds(20 + random_() % 100));
            const bool raise = i % 2 == 0;
            expected_order_ = raise ? "S1" : "S0";
            expected_event_ = raise ? R"("state":"raised")" : R"("state":"cleared")";
            acted_.reset();
            told_.reset();
            const auto start = Clock::now();
            sensor_.send(raise ? "600\n" : "100\n");
            await("an alarm", [this] { return acted_ && told_; });
            actions.push_back(std::chrono::duration<double, std::milli>(*acted_ - start).count());
            events.push_back(std::chrono::duration<double, std::milli>(*told_ - start).count());
        }
        report(title + ", to the output's action", std::move(actions));
        report(title + ", to the local topic", std::move(events));
    }

private:
    void set_up() {
        const auto certs = folder_ / "appliance/certs";
        cli::set_up_cloud({.end = {.folder = folder_ / "cloud",
                                   .address = "127.0.0.1",
                                   .site_port = site_port_.number(),
                                   .app_port = app_port_.number(),
                                   .broker_user = cli::own_user(),
                                   .readers = {"dashboard"}},
                           .host_names = {"localhost", "127.0.0.1"},
                           .site = "bench"},
                          certs);
        password_ = cli::set_up_appliance({.paths = {.folder = folder_ / "appliance",
                                                     .state = folder_ / "appliance/state",
                                                     .plugin = HOLDFAST_PLUGIN,
                                                     .broker_user = cli::own_user()},
                                           .config = config(),
                                           .host_names = {},
                                           .policy = "user viewer\ntopic read #\n",
                                           .users = {"viewer"}})
                        .at(0)
                        .password;
    }

    std::string config() {
        return fmt::format("[site]\nname = bench\n"
                           "[broker]\nlisten = 127.0.0.1:{}\n"
                           "[cloud]\nkind = mosquitto\naddress = 127.0.0.1\nport = {}\n"
                           "keepalive = 5s\n"
                           "[spool]\npath = {}\n"
                           "[sensor distance]\ndriver = serial\ndevice = {}\nevery = 10ms\n"
                           "patience = 1h\n"
                           "[output siren]\ndriver = serial\ndevice = {}\non = S1\noff = S0\n"
                           "settle = 0s\n"
                           "[alarm near]\nwhen = distance > 500\non_raise = siren on\n"
                           "on_clear = siren off\n",
                           port_.number(), site_port_.number(),
                           (folder_ / "appliance/state/spool.db").string(), sensor_.port(),
                           siren_.port());
    }

    ChildProcess::Command broker(const std::string& name) const {
        auto log = name;
        std::replace(log.begin(), log.end(), '/', '-');
        return {{find_program("mosquitto").string(), "-c",
                 (folder_ / name / "mosquitto.conf").string()},
                folder_ / (log + ".log")};
    }

    mqtt::Endpoint viewer() const {
        mqtt::Endpoint endpoint;
        endpoint.host = "localhost";
        endpoint.port = port_.number();
        endpoint.client_id = "bench";
        endpoint.username = "viewer";
        endpoint.password = password_;
        endpoint.ca_file = folder_ / "appliance/certs/ca.crt";
        return endpoint;
    }

    mqtt::Handlers handlers() {
        mqtt::Handlers handlers;
        handlers.message = [this](const mqtt::Delivery& delivery) {
            if (delivery.topic == topics::link("bench")) {
                link_ = delivery.payload == "1";
            } else if (delivery.topic == topics::sensor_status("distance")) {
                online_ = delivery.payload == "online";
            } else if (delivery.payload.find(expected_event_) != std::string::npos) {
                told_ = Clock::now();
            }
        };
        return handlers;
    }

    template <typename Done>
    void await(const std::string& what, Done done) {
        const auto end = Clock::now() + patience;
        while (!done()) {
            if (Clock::now() > end) {
                throw Error(what + " did not come; see the logs in " + folder_.string());
            }
            loop_.restart();
            loop_.run_one_for(100ms);
        }
    }

    static void report(const std::string& title, std::vector<double> times) {
        std::sort(times.begin(), times.end());
        fmt::print("{}: {:.2f} ms (median), {:.2f} ms (99 of 100), {:.2f} ms (most) of {}\n", title,
                   times[times.size() / 2], times[times.size() * 99 / 100], times.back(),
                   times.size());
    }

    std::filesystem::path folder_;
    boost::asio::io_context loop_;
    Line sensor_;
    Line siren_;
    ReservedPort port_;
    ReservedPort site_port_;
    ReservedPort app_port_;
    std::string password_;
    std::optional<ChildProcess> cloud_;
    std::optional<ChildProcess> broker_;
    std::optional<ChildProcess> daemon_;
    mqtt::Library library_;
    std::optional<mqtt::Client> viewer_;
    std::mt19937 random_{1};
    std::string expected_order_ = "S1";
    std::string expected_event_ = "raised";
    std::optional<Clock::time_point> acted_;
    std::optional<Clock::time_point> told_;
    bool link_ = false;
    bool online_ = false;
};

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: alarm_bench FOLDER [ALARMS]\n");
        return 2;
    }
    try {
        const long alarms = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 200;
        Bench bench(std::filesystem::absolute(argv[1]) / "alarm");
        bench.run("with the cloud", alarms);
        bench.without_cloud();
        bench.run("without the cloud", alarms);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "alarm_bench: {}\n", error.what());
        return 3;
    }
}
