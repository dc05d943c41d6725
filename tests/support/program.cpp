#include "support/program.hpp"

#include "core/atomic_file.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <sys/wait.h>

#include <exception>
#include <iostream>

namespace holdfast::test {

namespace {

// Long enough for a commit on a slow disk and for a sanitizer's report.
constexpr std::chrono::seconds grace{30};

} // namespace

Program::Program(std::string name, ChildProcess::Command command)
    : name_(std::move(name))
    , command_(std::move(command)) {}

Program::~Program() {
    const bool failing =
        std::uncaught_exceptions() > 0 || !Catch::getResultCapture().lastAssertionPassed();
    if (failing) {
        std::cerr << "the " << name_ << " logged:\n" << log() << std::flush;
    }
}

void Program::start() {
    process_.emplace(command_);
}

void Program::stop() {
    if (!process_) {
        return;
    }
    const int ended = process_->stop(grace);
    process_.reset();
    if (ended != 0) {
        FAIL_CHECK("the " << name_ << " ended with " << describe_exit(ended) << ":\n" << log());
    }
}

void Program::kill() {
    process_.reset();
}

void Program::signal(int number) const {
    process_.value().signal(number);
}

std::optional<int> Program::exit_status(std::chrono::milliseconds limit) {
    const auto ended = process_.value().wait(limit);
    if (!ended) {
        return std::nullopt;
    }
    return WIFEXITED(*ended) ? WEXITSTATUS(*ended) : -1;
}

std::string Program::log() const {
    return std::filesystem::exists(command_.log) ? read_file(command_.log) : std::string();
}

bool Program::wait_for_log(const std::string& text, std::size_t from,
                           std::chrono::milliseconds limit) const {
    return eventually([&] { return log().find(text, from) != std::string::npos; }, limit);
}

} // namespace holdfast::test
