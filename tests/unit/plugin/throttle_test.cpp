#include "plugin/throttle.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <vector>

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

struct Recorder {
    std::vector<std::string> counts;
    Throttle throttle{[this](std::optional<std::string_view> source, std::uint64_t count) {
        counts.push_back(fmt::format("{}: {}", source.value_or("others"), count));
    }};
};

} // namespace

TEST_CASE("the first events of a source are told and the others counted") {
    Recorder recorder;
    unsigned told = 0;
    for (int i = 0; i < 100; ++i) {
        told += recorder.throttle.admit("noisy", 1s) ? 1U : 0U;
    }
    CHECK(told == Throttle::told_per_source);
    CHECK(recorder.throttle.admit("quiet", 1s));
    recorder.throttle.flush(1s + Throttle::period - 1us);
    CHECK(recorder.counts.empty());
    recorder.throttle.flush(1s + Throttle::period);
    CHECK(recorder.counts == std::vector<std::string>{"noisy: 95"});
    recorder.throttle.flush(100s);
    CHECK(recorder.counts.size() == 1);
}

TEST_CASE("a new period begins with the next event after the old one") {
    Recorder recorder;
    for (int i = 0; i < 6; ++i) {
        recorder.throttle.admit("noisy", 0s);
    }
    CHECK(recorder.throttle.admit("noisy", Throttle::period));
    CHECK(recorder.counts == std::vector<std::string>{"noisy: 1"});
}

TEST_CASE("a flood from many sources stays bounded") {
    Recorder recorder;
    std::size_t told = 0;
    for (std::size_t i = 0; i < 10 * Throttle::most_sources; ++i) {
        told += recorder.throttle.admit(std::to_string(i), 0s) ? 1U : 0U;
    }
    CHECK(told == Throttle::most_sources);
    recorder.throttle.flush(Throttle::period);
    CHECK(recorder.counts == std::vector<std::string>{"others: 1800"});
}
