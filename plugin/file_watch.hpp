#pragma once

#include "core/clock.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace holdfast {

/// Notices that one of a few files was replaced, rewritten or removed, by looking at it now and
/// then. A change counts once it has stood still from one look to the next, so that a file that is
/// being rewritten in place is not read half: it is noticed after one to two intervals.
class FileWatch {
public:
    static constexpr BootTime interval = std::chrono::milliseconds(500);

    explicit FileWatch(std::vector<std::filesystem::path> paths);

    /// The files as they are now are known. Call before reading them: a change during the reading
    /// is then noticed as one.
    void mark();
    /// Whether they differ from what was known, and makes it known: one change is told once.
    /// Between looks it costs a comparison.
    bool changed(BootTime now);

private:
    struct Stamp {
        bool present = false;
        dev_t device{};
        ino_t inode{};
        std::int64_t size_bytes = 0;
        std::int64_t modified_ns = 0;
        std::int64_t status_changed_ns = 0; // a mode that was corrected counts too

        bool operator==(const Stamp&) const = default;
    };
    using Stamps = std::vector<Stamp>;

    static Stamp stamp_of(const std::filesystem::path& path) noexcept;
    Stamps look() const;

    std::vector<std::filesystem::path> paths_;
    Stamps known_;
    std::optional<Stamps> unsettled_;
    BootTime next_look_{0};
};

} // namespace holdfast
