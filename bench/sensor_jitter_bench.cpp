// How evenly a sensor is read while others hang: sensor_jitter_bench FOLDER [ROUNDS]
//
// A sensor of 10 Hz is read from a file, at first alone and then beside sensors that hang: a pipe
// that nobody writes, a slow file, a serial line and a program that say nothing. The two take turns
// of ten seconds (three rounds unless told), so that other work on the machine meets both. Jitter
// is how far the time between two readings is from 100 ms.

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "core/unique_fd.hpp"
#include "edge/field.hpp"

#include <boost/asio/io_context.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <thread>
#include <vector>

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

constexpr auto turn = 10s;
constexpr double period_ms = 100;

void make_pipe(const std::filesystem::path& path) {
    if (::mkfifo(path.c_str(), 0600) != 0) {
        throw_errno(path.string());
    }
}

/// A file that takes a second for each read: a pipe whose writer is in no hurry.
class SlowFile {
public:
    explicit SlowFile(std::filesystem::path path)
        : path_(std::move(path)) {
        make_pipe(path_);
        thread_ = std::thread([this] { run(); });
    }
    SlowFile(const SlowFile&) = delete;
    SlowFile& operator=(const SlowFile&) = delete;
    ~SlowFile() {
        ended_ = true;
        thread_.join();
    }

private:
    void run() {
        while (!ended_) {
            const UniqueFd pipe(::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
            std::this_thread::sleep_for(pipe ? 1s : 20ms);
            if (pipe) {
                [[maybe_unused]] const auto written = ::write(pipe.get(), "1\n", 2);
            }
        }
    }

    std::filesystem::path path_;
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

/// The port of a serial line at whose other end nobody speaks.
class SilentLine {
public:
    SilentLine()
        : far_end_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        if (!far_end_ || ::grantpt(far_end_.get()) != 0 || ::unlockpt(far_end_.get()) != 0) {
            throw_errno("posix_openpt");
        }
    }
    std::string port() const { return ::ptsname(far_end_.get()); }

private:
    UniqueFd far_end_;
};

class Bench {
public:
    explicit Bench(std::filesystem::path folder)
        : folder_(std::move(folder))
        , slow_(folder_ / "slow") {
        write_file(folder_ / "value", "21.5\n", FileMode::public_);
        make_pipe(folder_ / "silent");
    }

    /// The jitters of one turn, in milliseconds.
    std::vector<double> run(const std::string& others) {
        boost::asio::io_context loop;
        std::vector<double> jitters;
        std::optional<BootTime> last;
        std::size_t slow = 0;
        const auto measured = [&](const Reading& reading) {
            if (reading.series != "steady") {
                ++slow;
                return;
            }
            if (last) {
                const std::chrono::duration<double, std::milli> apart = reading.at - *last;
                jitters.push_back(std::abs(apart.count() - period_ms));
            }
            last = reading.at;
        };
        const auto ignore = [](const std::string&, const std::string&, bool) {};
        edge::Field field(loop, config::parse_settings(steady() + others, "bench.conf"), folder_,
                          {measured, ignore, ignore, [](const Message&) {}}, Log::silent());
        field.start();
        loop.run_for(turn);
        field.stop();
        if (jitters.size() < 50 || (!others.empty() && slow == 0)) {
            throw Error("the sensors gave no readings");
        }
        return jitters;
    }

    std::string hanging() const {
        return fmt::format("[sensor silent-pipe]\ndriver = file\npath = {0}/silent\nevery = 10ms\n"
                           "[sensor slow-file]\ndriver = file\npath = {0}/slow\nevery = 10ms\n"
                           "[sensor silent-line]\ndriver = serial\ndevice = {1}\nevery = 10ms\n"
                           "[sensor silent-program]\ndriver = exec\ncommand = sleep 1000\n",
                           folder_.string(), line_.port());
    }

private:
    std::string steady() const {
        return fmt::format("[site]\nname = bench\n"
                           "[sensor steady]\ndriver = file\npath = {}/value\nevery = 100ms\n",
                           folder_.string());
    }

    std::filesystem::path folder_;
    SlowFile slow_;
    SilentLine line_;
};

void report(const char* name, std::vector<double> jitters) {
    std::sort(jitters.begin(), jitters.end());
    const auto late =
        std::count_if(jitters.begin(), jitters.end(), [](double ms) { return ms >= 10; });
    fmt::print("{}: {} readings, jitter {:.2f} ms (median), {:.2f} ms (99 of 100), {:.2f} ms "
               "(most); {} of 10 ms or more\n",
               name, jitters.size(), jitters[jitters.size() / 2],
               jitters[jitters.size() * 99 / 100], jitters.back(), late);
}

void measure(const std::filesystem::path& folder, long rounds) {
    Bench bench(folder);
    std::vector<double> alone;
    std::vector<double> beside;
    for (long round = 0; round < rounds; ++round) {
        const auto first = bench.run("");
        alone.insert(alone.end(), first.begin(), first.end());
        const auto second = bench.run(bench.hanging());
        beside.insert(beside.end(), second.begin(), second.end());
    }
    report("10 Hz alone", alone);
    report("10 Hz beside four that hang", beside);
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        fmt::print(stderr, "usage: sensor_jitter_bench FOLDER [ROUNDS]\n");
        return 2;
    }
    try {
        std::signal(SIGPIPE, SIG_IGN);
        const auto folder = std::filesystem::absolute(argv[1]) / "sensor-jitter";
        std::filesystem::create_directories(folder);
        measure(folder, argc > 2 ? std::strtol(argv[2], nullptr, 10) : 3);
        // What is left of a read that hangs is a thread: it must not see its world go.
        std::fflush(nullptr);
        std::_Exit(0);
    } catch (const std::exception& error) {
        fmt::print(stderr, "sensor_jitter_bench: {}\n", error.what());
        return 3;
    }
}
