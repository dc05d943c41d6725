#pragma once

#include "core/unique_fd.hpp"

namespace holdfast::edge {

/// SIGTERM, SIGINT and SIGHUP as something to read (signalfd(2)). A signal that comes while nobody
/// reads waits: none is lost between two lives of the daemon, and none ends the process.
class Signals {
public:
    /// Blocks them for this thread and those that it makes: one is made in main, before any thread.
    /// Throws SystemError.
    Signals();

    /// Readable while a signal waits.
    int fd() const noexcept { return fd_.get(); }
    /// The signal that waits, or 0.
    int take() const noexcept;

private:
    UniqueFd fd_;
};

} // namespace holdfast::edge
