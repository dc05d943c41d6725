// `holdfast demo` as a person runs it, and while somebody kills its programs.

#include "core/atomic_file.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"

#include <csignal>
#include <fstream>
#include <random>
#include <thread>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 200s;

/// The demo, in a folder of its own.
class Demo {
public:
    explicit Demo(std::vector<std::string> words, const std::string& dir = "demo")
        : program_("demo", command(std::move(words), dir)) {
        program_.start();
    }

    std::filesystem::path folder() const { return folder_ / "demo"; }
    Program& program() noexcept { return program_; }
    std::string output() const { return program_.log(); }
    std::string last_line() const {
        const auto text = output();
        const auto end = text.find_last_not_of('\n');
        const auto start = text.find_last_of('\n', end);
        return text.substr(start + 1, end - start);
    }
    /// The newest process of that part that the demo has told about, 0 before it has.
    pid_t process_of(const std::string& part) const {
        pid_t pid = 0;
        const auto text = output();
        for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
            const auto line = text.substr(at, text.find('\n', at) - at);
            const auto word = line.find("process ");
            if (word != std::string::npos) {
                pid = std::stoi(line.substr(word + 8));
            }
        }
        return pid;
    }

private:
    ChildProcess::Command command(std::vector<std::string> words, const std::string& dir) const {
        words.insert(words.begin(), {HOLDFAST, "demo", "--dir", (folder_ / dir).string()});
        ChildProcess::Command command{std::move(words), folder_ / "output"};
#ifdef HOLDFAST_BROKER_PRELOAD
        // The demo hands it on to its brokers.
        command.environment_extra = {"LD_PRELOAD=" HOLDFAST_BROKER_PRELOAD,
                                     "ASAN_OPTIONS=detect_leaks=0"};
#endif
        return command;
    }

    TempFolder folder_;
    Program program_;
};

/// Kills that part of a running demo twice, at moments of chance.
void survives_kills_of(const std::string& part) {
    std::mt19937 engine(Catch::rngSeed() + std::hash<std::string>{}(part));
    std::uniform_int_distribution<int> pause(0, 8000);
    Demo demo({"--once", "--outage", "5"});
    REQUIRE(demo.program().wait_for_log("1. Readings flow", 0, 60s));
    for (int kills = 0; kills < 2; ++kills) {
        const auto moment = std::chrono::milliseconds(pause(engine));
        INFO("after " << moment.count() << " ms");
        demo.program().exit_status(moment);
        if (demo.program().running()) {
            const auto pid = demo.process_of(part);
            REQUIRE(pid > 0);
            ::kill(pid, SIGKILL); // the demo may have ended it by itself already: all the same
        }
    }
    REQUIRE(demo.program().exit_status(patience) == 0);
    CHECK_THAT(demo.last_line(), ContainsSubstring("  lost 0  "));
}

} // namespace

TEST_CASE("the demo ends with a ledger in which nothing is lost") {
    Demo demo({"--once", "--outage", "5"});
    REQUIRE(demo.program().exit_status(patience) == 0);
    CHECK_THAT(demo.last_line(), ContainsSubstring("sent "));
    CHECK_THAT(demo.last_line(), ContainsSubstring("  lost 0  "));
}

TEST_CASE("the demo survives that its daemon is killed at any moment") {
    survives_kills_of("daemon");
}

TEST_CASE("the demo survives that its local broker is killed at any moment") {
    survives_kills_of("local broker");
}

TEST_CASE("the demo survives that its cloud broker is killed at any moment") {
    survives_kills_of("cloud broker");
}

TEST_CASE("the demo refuses words that it does not know") {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"--onze"}, {"--outage", "2"}, {"--outage", "long"}, {"--outage"}, {"word"}}) {
        Demo demo(words);
        INFO(demo.output());
        CHECK(demo.program().exit_status(10s) == 2);
        CHECK_THAT(demo.output(), ContainsSubstring("holdfast demo: "));
        CHECK_THAT(demo.output(), ContainsSubstring("--help"));
    }
}

TEST_CASE("the demo leaves a folder alone that is not empty") {
    Demo demo({"--once"}, "."); // its own output lies there
    CHECK(demo.program().exit_status(10s) == 3);
    CHECK_THAT(demo.output(), ContainsSubstring("is not empty"));
    CHECK_THAT(demo.output(), ContainsSubstring("--dir"));
}

TEST_CASE("the demo says what is missing where localhost has no address") {
    const TempFolder folder;
    write_file(folder / "hosts", "", FileMode::public_);
    write_file(folder / "nsswitch", "hosts: files\n", FileMode::public_);
    Program program("demo", {{"/usr/bin/unshare", "--mount", "/bin/sh", "-c",
                              "mount --bind \"$1/hosts\" /etc/hosts && "
                              "mount --bind \"$1/nsswitch\" /etc/nsswitch.conf && "
                              "exec \"$2\" demo --dir \"$1/demo\"",
                              "sh", folder.path().string(), HOLDFAST},
                             folder / "output"});
    program.start();
    const auto status = program.exit_status(30s);
    const auto output = program.log();
    if (output.rfind("unshare:", 0) == 0 || output.rfind("mount:", 0) == 0) {
        SKIP_TEST("this user may not mount over /etc/hosts: " << output);
    }
    INFO(output);
    CHECK(status == 3);
    CHECK_THAT(output, ContainsSubstring("add the line '127.0.0.1 localhost' to /etc/hosts"));
}

TEST_CASE("the demo ends all its programs with itself") {
    Demo demo({});
    REQUIRE(demo.program().wait_for_log("1. Readings flow", 0, 60s));
    std::vector<pid_t> programs;
    for (const auto* part : {"daemon", "local broker", "cloud broker"}) {
        programs.push_back(demo.process_of(part));
        REQUIRE(::kill(programs.back(), 0) == 0);
    }
    demo.program().signal(SIGTERM);
    REQUIRE(demo.program().exit_status(30s) == 0);
    for (const auto pid : programs) {
        CHECK(eventually([&] { return ::kill(pid, 0) != 0; }, 20s));
    }
}
