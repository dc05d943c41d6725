#include "edge/signals.hpp"

#include "core/error.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

namespace holdfast::edge {

Signals::Signals() {
    sigset_t ours;
    sigemptyset(&ours);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        sigaddset(&ours, number);
    }
    if (const int code = ::pthread_sigmask(SIG_BLOCK, &ours, nullptr); code != 0) {
        throw SystemError("cannot block signals", code);
    }
    fd_ = UniqueFd(::signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!fd_) {
        throw_errno("signalfd");
    }
}

int Signals::take() const noexcept {
    signalfd_siginfo signal{};
    return ::read(fd_.get(), &signal, sizeof signal) == sizeof signal
               ? static_cast<int>(signal.ssi_signo)
               : 0;
}

} // namespace holdfast::edge
