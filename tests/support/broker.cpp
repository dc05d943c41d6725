#include "support/broker.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/eventually.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <csignal>
#include <exception>
#include <iostream>

namespace holdfast::test {

namespace {

constexpr int answer_limit_ms = 30'000;
constexpr auto start_limit = std::chrono::seconds(60);
constexpr auto stop_limit = std::chrono::seconds(60);

std::string placeholder(std::size_t number) {
    return number == 1 ? "@PORT@" : fmt::format("@PORT{}@", number);
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
}

// Whether the broker's loop turns: it answers the end of a connection with its own. Being connected
// alone is the kernel's doing, and mosquitto 2.0.11 forgets a SIGTERM that comes between its line
// "running" and its loop.
bool answers(std::uint16_t port) {
    const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::shutdown(socket.get(), SHUT_WR) != 0) {
        return false;
    }
    pollfd waiting{socket.get(), POLLIN, 0};
    return ::poll(&waiting, 1, answer_limit_ms) == 1;
}

std::string completed(const std::string& config) {
    std::string head;
    if (config.find("log_") == std::string::npos) {
        head += "log_dest stderr\nlog_type all\n";
    }
    // As root mosquitto would become the user mosquitto, who may not read a test's folder.
    if (::geteuid() == 0) {
        head += "user root\n";
    }
    if (config.find(placeholder(1)) == std::string::npos) {
        head += fmt::format("listener {} 127.0.0.1\n", placeholder(1));
    }
    return head + config;
}

bool test_is_failing() {
    return std::uncaught_exceptions() > 0 || !Catch::getResultCapture().lastAssertionPassed();
}

} // namespace

Broker::Broker(const std::string& config)
    : config_(completed(config)) {
    ports_.resize(1);
    while (config_.find(placeholder(ports_.size() + 1)) != std::string::npos) {
        ports_.emplace_back();
    }
    start();
}

Broker::~Broker() {
    try {
        if (process_ && !test_is_failing()) {
            stop();
        }
        if (test_is_failing()) {
            std::cerr << "mosquitto on port " << port() << " logged:\n" << log() << std::flush;
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
    }
}

void Broker::write_config() const {
    auto text = config_;
    for (std::size_t number = 1; number <= ports_.size(); ++number) {
        replace_all(text, placeholder(number), std::to_string(port(number)));
    }
    replace_all(text, "@DIR@", folder().string());
    write_file(folder() / "mosquitto.conf", text, FileMode::group);
}

void Broker::start() {
    write_config();
    const auto log_start = log().size();
    process_.emplace(ChildProcess::Command{
        {find_program("mosquitto"), "-c", (folder() / "mosquitto.conf").string()},
        folder() / "broker.log"});
    if (!ready(log_start)) {
        process_.reset();
        throw Error(fmt::format("mosquitto does not start: {}", log().substr(log_start)));
    }
}

// Its own log line and an answer, as the line alone comes before the loop turns. Mosquitto 2.1
// begins with the line "running mosquitto as user".
bool Broker::ready(std::size_t log_start) {
    return wait_for_log("mosquitto version", log_start, start_limit) &&
           wait_for_log(" running\n", log_start, start_limit) && answers(port()) && running();
}

void Broker::stop() {
    if (process_) {
        const auto ended_by_itself = process_->wait(std::chrono::milliseconds(0));
        check_exit(ended_by_itself ? *ended_by_itself : process_->stop(stop_limit));
        if (ended_by_itself) {
            FAIL_CHECK("mosquitto ended by itself");
        }
        process_.reset();
    }
}

void Broker::check_exit(int wait_status) const {
    if (wait_status != 0) {
        FAIL_CHECK("mosquitto ended with " << describe_exit(wait_status) << ":\n" << log());
    }
}

void Broker::kill() {
    process_->kill();
    process_.reset();
}

void Broker::sighup() const {
    process_->signal(SIGHUP);
}

void Broker::restart() {
    stop();
    start();
}

void Broker::restart(const std::string& config) {
    config_ = completed(config);
    restart();
}

std::string Broker::log() const {
    const auto path = folder() / "broker.log";
    return std::filesystem::exists(path) ? read_file(path) : std::string();
}

bool Broker::wait_for_log(const std::string& text, std::size_t from,
                          std::chrono::milliseconds limit) {
    bool alive = true;
    const auto seen = [&] { return log().find(text, from) != std::string::npos; };
    eventually([&] { return seen() || !(alive = running()); }, limit);
    return seen();
}

} // namespace holdfast::test
