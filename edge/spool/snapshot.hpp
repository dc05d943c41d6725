#pragma once

#include <filesystem>

namespace holdfast::spool {

/// A copy of the spool as it is at one moment, without the room that deleted rows left; also while
/// the daemon writes, whom it does not delay. `copy` must not exist. Throws Error where there is no
/// spool that this version can read, or where the copy cannot be written.
void take_snapshot(const std::filesystem::path& spool, const std::filesystem::path& copy);

/// Makes a spool of the snapshot that may go on where it stands. Its rows get a new epoch, because
/// numbers that were given after it was taken may be at the cloud already. Throws Error where it is
/// damaged or of a version that is newer.
void revive_snapshot(const std::filesystem::path& copy);

/// Throws Error while somebody writes to the spool, with what to do.
void require_unused(const std::filesystem::path& spool);

} // namespace holdfast::spool
