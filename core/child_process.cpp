#include "core/child_process.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace holdfast {

namespace {

std::vector<char*> as_argv(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    for (auto& string : strings) {
        pointers.push_back(string.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> environment_with(const std::vector<std::string>& extra) {
    std::vector<std::string> all = extra;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        all.emplace_back(*entry);
    }
    return all;
}

/// The descriptors that a new program shall have as 0, 1 and 2.
struct Standard {
    int input;
    int output;
    int errors;
};

// Only async-signal-safe calls: this runs between fork and exec, where other threads' locks may be
// held for ever.
[[noreturn]] void become(char** argv, char** envp, const Standard& standard, pid_t parent) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    std::signal(SIGPIPE, SIG_DFL); // what is ignored would stay so in the new program
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent && dup2(standard.input, STDIN_FILENO) >= 0 &&
        dup2(standard.output, STDOUT_FILENO) >= 0 && dup2(standard.errors, STDERR_FILENO) >= 0) {
        // Libraries open sockets without O_CLOEXEC; a child that held one would keep a connection
        // alive that we have closed.
        ::close_range(STDERR_FILENO + 1, ~0U, 0);
        execve(argv[0], argv, envp);
    }
    _exit(127);
}

} // namespace

ChildProcess::ChildProcess(const Command& command) {
    auto arguments = command.arguments;
    auto environment = environment_with(command.environment_extra);
    auto argv = as_argv(arguments);
    auto envp = as_argv(environment);
    const UniqueFd log(
        ::open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!log || !null) {
        throw_errno(command.log.string());
    }
    if (::access(argv[0], X_OK) != 0) {
        throw_errno(argv[0]);
    }
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ < 0) {
        throw_errno(argv[0]);
    }
    if (pid_ == 0) {
        become(argv.data(), envp.data(),
               {.input = null.get(),
                .output = command.output >= 0 ? command.output : log.get(),
                .errors = command.errors >= 0 ? command.errors : log.get()},
               parent);
    }
    pidfd_ = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!pidfd_) {
        kill();
        throw_errno("pidfd_open");
    }
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    if (this != &other) {
        if (pidfd_) {
            kill();
        }
        pidfd_ = std::move(other.pidfd_);
        pid_ = other.pid_;
        ended_ = other.ended_;
    }
    return *this;
}

ChildProcess::~ChildProcess() {
    if (pidfd_) {
        kill();
    }
}

void ChildProcess::signal(int number) const noexcept {
    if (!ended_) {
        ::kill(pid_, number);
    }
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds limit) {
    if (ended_) {
        return ended_;
    }
    pollfd waiting{pidfd_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(limit.count())) > 0) {
        int status = 0;
        if (::waitpid(pid_, &status, 0) == pid_) {
            ended_ = status;
        }
    }
    return ended_;
}

int ChildProcess::stop(std::chrono::milliseconds grace) {
    signal(SIGTERM);
    const auto ended = wait(grace);
    return ended ? *ended : kill();
}

int ChildProcess::kill() {
    if (!ended_) {
        signal(SIGKILL);
        int status = 0;
        while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        ended_ = status;
    }
    return *ended_;
}

std::string describe_exit(int wait_status) {
    return WIFSIGNALED(wait_status) ? fmt::format("signal {}", WTERMSIG(wait_status))
                                    : fmt::format("exit status {}", WEXITSTATUS(wait_status));
}

std::filesystem::path find_program(const std::string& name) {
    const char* path = std::getenv("PATH");
    const auto folders =
        fmt::format("{}:/usr/local/sbin:/usr/sbin:/sbin", path == nullptr ? "/usr/bin" : path);
    for (const auto folder : split(folders, ':')) {
        auto candidate = std::filesystem::path(folder) / name;
        if (::access(candidate.c_str(), X_OK) == 0) {
            return candidate;
        }
    }
    throw Error(fmt::format("the program '{}' is not installed: apt-get install {}", name, name));
}

} // namespace holdfast
