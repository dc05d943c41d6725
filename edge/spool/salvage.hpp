#pragma once

#include "core/unique_fd.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace holdfast::spool {

/// What became of a damaged spool.
struct Salvage {
    std::string reason;             ///< what was found to be wrong
    std::filesystem::path moved_to; ///< the damaged file, as it was
    std::uint64_t saved = 0;        ///< readings and messages in the new file
    std::uint64_t pending = 0;      ///< of them without a receipt
    std::uint64_t lost_pending = 0; ///< known to be without a receipt, and not readable
    bool numbers_restart = false;   ///< the newest may be missing: the spool has a new epoch
};

/// Makes a new spool of every row of a damaged one that can still be read, moves the damaged file
/// aside as `PATH.damaged-TIME` (its log beside it), and puts the new one in its place.
///
/// - what has no receipt stays pending, and so does all of which that is unknown
/// - a row is saved only if the checksums of its page and its block are right, and if its boot and
///   its series are known
/// - a power cut at any moment leaves either the damaged file or the new one, whole
///
/// The caller holds the claim of the file, which is of no use afterwards. Throws DiskFull where
/// there is no space for the new file, and SystemError.
Salvage salvage(const std::filesystem::path& path, const std::string& reason);

/// Completes a salvage() that a power cut ended after the new file was whole; answers whether there
/// was one. Then the caller's claim is of no use any more.
bool finish_salvage(const std::filesystem::path& path);

/// Notes that the file is damaged, so that it is salvaged when it is opened next, also after a
/// crash.
void mark_damaged(const std::filesystem::path& path, const std::string& reason);
/// What mark_damaged() noted, or empty.
std::string damage_mark(const std::filesystem::path& path);

} // namespace holdfast::spool
