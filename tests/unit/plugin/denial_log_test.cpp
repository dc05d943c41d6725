#include "plugin/denial_log.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Recorder {
    std::vector<std::string> lines;
    Log log{[this](Log::Level, const std::string& line) { lines.push_back(line); }};
    DenialLog denials{log};
};

} // namespace

TEST_CASE("the first denials of a client are told and the others counted") {
    Recorder recorder;
    unsigned told = 0;
    for (int i = 0; i < 100; ++i) {
        told += recorder.denials.admit("noisy", 1s) ? 1U : 0U;
    }
    CHECK(told == DenialLog::lines_per_client);
    CHECK(recorder.denials.admit("quiet", 1s));
    recorder.denials.flush(1s + DenialLog::period - 1us);
    CHECK(recorder.lines.empty());
    recorder.denials.flush(1s + DenialLog::period);
    CHECK(recorder.lines == std::vector<std::string>{"more denials client=noisy count=95"});
    recorder.denials.flush(100s);
    CHECK(recorder.lines.size() == 1);
}

TEST_CASE("a new period begins with the next denial after the old one") {
    Recorder recorder;
    for (int i = 0; i < 6; ++i) {
        recorder.denials.admit("noisy", 0s);
    }
    CHECK(recorder.denials.admit("noisy", DenialLog::period));
    CHECK(recorder.lines == std::vector<std::string>{"more denials client=noisy count=1"});
}

TEST_CASE("a flood from many client ids stays bounded") {
    Recorder recorder;
    std::size_t told = 0;
    for (std::size_t i = 0; i < 10 * DenialLog::most_clients; ++i) {
        told += recorder.denials.admit(std::to_string(i), 0s) ? 1U : 0U;
    }
    CHECK(told == DenialLog::most_clients);
    recorder.denials.flush(DenialLog::period);
    CHECK(recorder.lines == std::vector<std::string>{"more denials of other clients count=1800"});
}
