#include "cli/demo/stage.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>

namespace holdfast::cli::demo {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto grace = 10s;
constexpr auto frame = 100ms;
// So many starts within this time are a program that cannot run.
constexpr std::size_t too_many_starts = 6;
constexpr auto starts_window = 15s;

std::string last_lines(const std::filesystem::path& log) {
    constexpr std::size_t shown = 1500;
    const auto text = read_file(log);
    return text.size() <= shown ? text : text.substr(text.find('\n', text.size() - shown) + 1);
}

} // namespace

void Actor::run() {
    const auto now = Clock::now();
    std::erase_if(starts_, [&](auto start) { return now - start > starts_window; });
    starts_.push_back(now);
    process_.emplace(command_);
}

void Actor::start() {
    wanted_ = true;
    run();
}

void Actor::stop() {
    wanted_ = false;
    if (process_) {
        process_->stop(grace);
        process_.reset();
    }
}

void Actor::kill() {
    wanted_ = false;
    process_.reset();
}

void Actor::signal(int number) const {
    if (process_) {
        process_->signal(number);
    }
}

std::optional<std::string> Actor::revive() {
    const auto ended = wanted_ && process_ ? process_->wait(0ms) : std::nullopt;
    if (!ended) {
        return std::nullopt;
    }
    const auto how = describe_exit(*ended);
    if (WIFSIGNALED(*ended) && WTERMSIG(*ended) == SIGKILL) {
        starts_.clear(); // somebody tries what we promise, as often as they like
    }
    if (starts_.size() >= too_many_starts) {
        throw Error(fmt::format("the {} does not stay up ({}); its log {} ends with:\n{}", name_,
                                how, command_.log.string(), last_lines(command_.log)));
    }
    run();
    return how;
}

Stage::Stage(Screen& screen)
    : screen_(screen)
    , signals_(loop_, SIGINT, SIGTERM) {
    signals_.async_wait([this](const boost::system::error_code& cancelled, int) {
        interrupted_ = interrupted_ || !cancelled;
    });
}

Actor& Stage::add(std::string name, ChildProcess::Command command) {
    return *actors_.emplace_back(std::make_unique<Actor>(std::move(name), std::move(command)));
}

bool Stage::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
    const auto deadline = Clock::now() + limit;
    while (!done()) {
        if (Clock::now() >= deadline) {
            return false;
        }
        loop_.restart();
        loop_.run_one_for(frame);
        if (interrupted_) {
            throw Interrupted{};
        }
        for (const auto& actor : actors_) {
            if (const auto how = actor->revive()) {
                screen_.say(fmt::format("the {} ended ({}) and was started again, process {}",
                                        actor->name(), *how, actor->pid()));
            }
        }
        screen_.refresh();
    }
    return true;
}

void Stage::await(const std::string& what, const std::function<bool()>& done,
                  std::chrono::milliseconds limit) {
    if (!run_until(done, limit)) {
        throw Error(fmt::format("{} did not happen within {} s; the logs are beside the programs' "
                                "folders",
                                what,
                                std::chrono::duration_cast<std::chrono::seconds>(limit).count()));
    }
}

} // namespace holdfast::cli::demo
