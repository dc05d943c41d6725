#include "core/atomic_file.hpp"
#include "core/child_process.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fcntl.h>

#include <csignal>

using namespace holdfast;
using namespace std::chrono_literals;

TEST_CASE("a child's output goes to its log and its end is described") {
    const test::TempFolder folder;
    ChildProcess child(
        {{"/bin/sh", "-c", "echo $GREETING; exit 3"}, folder / "log", {"GREETING=hello"}});
    const auto ended = child.wait(10s);
    REQUIRE(ended);
    CHECK(describe_exit(*ended) == "exit status 3");
    CHECK(read_file(folder / "log") == "hello\n");
}

TEST_CASE("a child that ignores the polite signal is killed after its grace") {
    const test::TempFolder folder;
    ChildProcess child(
        {{"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"}, folder / "log"});
    while (read_file(folder / "log") != "ready\n") {
        REQUIRE_FALSE(child.wait(5ms));
    }
    CHECK(describe_exit(child.stop(50ms)) == "signal 9");
}

TEST_CASE("a child gets no open file of ours beyond its own three") {
    const test::TempFolder folder;
    const UniqueFd inheritable(::open("/dev/null", O_RDONLY));
    REQUIRE(inheritable);
    const auto link = "/proc/self/fd/" + std::to_string(inheritable.get());
    ChildProcess child({{"/bin/readlink", link}, folder / "log"});
    CHECK(describe_exit(child.wait(10s).value()) == "exit status 1");
}

TEST_CASE("a child is gone when its owner is") {
    const test::TempFolder folder;
    pid_t pid = -1;
    {
        const ChildProcess child({{"/bin/sleep", "60"}, folder / "log"});
        pid = child.pid();
        REQUIRE(::kill(pid, 0) == 0);
    }
    CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("a program that does not exist is an error that names it") {
    const test::TempFolder folder;
    CHECK_THROWS_WITH(ChildProcess({{"/no/such/program"}, folder / "log"}),
                      ContainsSubstring("/no/such/program"));
    CHECK_THROWS_WITH(find_program("no-such-program"), ContainsSubstring("no-such-program"));
}
