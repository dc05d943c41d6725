#pragma once

#include "core/unique_fd.hpp"

#include <cstdint>

namespace holdfast {

/// A TCP port that stays ours for a server that comes, goes and comes again.
///
/// A socket that is bound and never listens holds it: the kernel gives the port to nobody, as a
/// connection's own end neither, and a server that sets SO_REUSEADDR, as mosquitto and
/// libwebsockets do, may listen on it all the same. It is held on every address, because
/// mosquitto 2.0.11 binds a websockets listener to all of them.
class ReservedPort {
public:
    /// Throws SystemError.
    ReservedPort();

    std::uint16_t number() const noexcept { return number_; }

private:
    UniqueFd socket_;
    std::uint16_t number_ = 0;
};

} // namespace holdfast
