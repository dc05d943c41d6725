#pragma once

#include "config/settings.hpp"

#include <chrono>
#include <filesystem>

namespace holdfast::cli {

/// Whether a receipt came through the bridge with the certificate that it has now.
enum class Proof {
    came,        ///< the cloud's echo of a message of ours
    no_link,     ///< the bridge did not come back
    no_receipt,  ///< it came back, and nothing came through it
    no_broker,   ///< the local broker cannot be reached
    interrupted, ///< by a signal
};

/// Has the bridge connect anew and waits, for at most `limit`, for the echo of a message that was
/// published after that. Only a connection that began after the call counts. Throws Error where the
/// local broker can never be reached with what stands in `folder`.
Proof prove_bridge(const config::Settings& settings, const std::filesystem::path& folder,
                   std::chrono::seconds limit);

} // namespace holdfast::cli
