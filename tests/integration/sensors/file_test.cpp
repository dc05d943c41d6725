#include "core/atomic_file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "watched.hpp"

#include <sys/stat.h>

#include <chrono>

using namespace holdfast;
using namespace holdfast::test;

TEST_CASE("load average and free memory are read from proc") {
    boost::asio::io_context loop;
    Watched load(loop, "driver = file\npath = /proc/loadavg\nfield = 1\nevery = 10ms\n");
    Watched memory(loop, "driver = file\npath = /proc/meminfo\nkey = MemAvailable\nmin = 1\n"
                         "scale = 1024\nevery = 10ms\n");
    REQUIRE(
        run_until(loop, [&] { return load.readings.size() > 2 && memory.readings.size() > 2; }));
    CHECK(load.readings.front().value >= 0);
    CHECK(memory.readings.front().value > 1024 * 1024);
    CHECK(load.readings[0].at < load.readings[1].at);
    CHECK(load.statuses.size() == 1);
}

TEST_CASE("a read that hangs disturbs neither another sensor nor the end") {
    boost::asio::io_context loop;
    const TempFolder folder;
    const auto fifo = folder / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    Watched other(loop, "driver = file\npath = /proc/loadavg\nfield = 1\nevery = 10ms\n");
    std::chrono::steady_clock::time_point stopping;
    {
        Watched hanging(loop, "driver = file\nevery = 10ms\npath = " + fifo.string());
        REQUIRE(run_until(loop, [&] { return hanging.offline() && other.readings.size() > 10; }));
        CHECK_THAT(hanging.sensor.status().reason, ContainsSubstring("no value for 0.5 s"));
        CHECK(other.online());
        stopping = std::chrono::steady_clock::now();
    }
    CHECK(std::chrono::steady_clock::now() - stopping < std::chrono::seconds(20));
    CHECK(other.statuses.size() == 1);
}

TEST_CASE("a file that goes and comes back is offline and online again") {
    boost::asio::io_context loop;
    const TempFolder folder;
    const auto path = folder / "temp";
    Watched watched(loop, "driver = file\nevery = 10ms\nscale = 0.001\npath = " + path.string());
    REQUIRE(run_until(loop, [&] { return watched.offline(); }));
    CHECK_THAT(watched.sensor.status().reason, ContainsSubstring(path.string() + ": No such file"));
    write_file(path, "42000\n", FileMode::secret);
    REQUIRE(run_until(loop, [&] { return watched.online(); }));
    CHECK(watched.readings.front().value == 42);
    write_file(path, "nonsense\n", FileMode::secret);
    REQUIRE(run_until(loop, [&] { return watched.offline(); }));
    CHECK_THAT(watched.sensor.status().reason, ContainsSubstring("no usable value"));
    CHECK(watched.sensor.status().rejected > 0);
}

TEST_CASE("a simulated signal gives the same readings each time") {
    const std::string section = "driver = sim\nsignal = noise\nseed = 7\nevery = 10ms\n";
    boost::asio::io_context loop;
    Watched one(loop, section);
    Watched two(loop, section);
    REQUIRE(run_until(loop, [&] { return one.readings.size() > 5 && two.readings.size() > 5; }));
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(one.readings[i].value == two.readings[i].value);
    }
    CHECK(one.readings[0].value != one.readings[1].value);
}
