#include "core/atomic_file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "watched.hpp"

#include <csignal>

using namespace holdfast;
using namespace holdfast::test;

namespace {

std::string shell(const std::string& script) {
    return "driver = exec\nevery = 10ms\ncommand = /bin/sh -c '" + script + "'\n";
}

} // namespace

TEST_CASE("the lines of a program are read from the first and its errors go to the log") {
    boost::asio::io_context loop;
    std::string logged;
    Watched watched(std::make_shared<ports::Ports>(
                        loop,
                        Log([&](Log::Level, const std::string& line) { logged += line + "\n"; }),
                        "/nonexistent"),
                    shell("echo warming up >&2; echo T=21.5; exec sleep 100") + "key = T\n");
    REQUIRE(run_until(loop, [&] {
        return !watched.readings.empty() && logged.find("warming up") != std::string::npos;
    }));
    CHECK(watched.readings.front().value == 21.5);
    CHECK(watched.sensor.status().rejected == 0);
}

TEST_CASE("a program that ends is offline with its last words and started again") {
    boost::asio::io_context loop;
    const TempFolder folder;
    const auto runs = (folder / "runs").string();
    Watched watched(loop, shell("echo x >> " + runs + "; echo 7; echo no such bus >&2; exit 3"));
    REQUIRE(run_until(loop, [&] { return watched.offline(); }));
    CHECK_THAT(watched.sensor.status().reason, ContainsSubstring("exit status 3: \"no such bus\""));
    CHECK(watched.readings.at(0).value == 7);
    REQUIRE(run_until(loop, [&] { return watched.readings.size() > 1; }));
    CHECK(read_file(runs) == "x\nx\n");
}

TEST_CASE("a program that is killed says so and one that is not there says so") {
    boost::asio::io_context loop;
    Watched killed(loop, shell("echo 1; kill -9 $$"));
    Watched missing(loop, "driver = exec\ncommand = no-such-program-here\n");
    REQUIRE(run_until(loop, [&] { return killed.offline() && missing.offline(); }));
    CHECK_THAT(killed.sensor.status().reason, ContainsSubstring("signal 9"));
    CHECK_THAT(missing.sensor.status().reason, ContainsSubstring("no-such-program-here"));
}

TEST_CASE("a program ends with its sensor") {
    boost::asio::io_context loop;
    pid_t pid = 0;
    {
        Watched watched(loop, shell("echo $$; exec sleep 100"));
        REQUIRE(run_until(loop, [&] { return !watched.readings.empty(); }));
        pid = static_cast<pid_t>(watched.readings.front().value);
        REQUIRE(::kill(pid, 0) == 0);
    }
    CHECK(::kill(pid, 0) == -1);
}
