#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace holdfast::test {

/// A disk that can lose its power: SQLite's default VFS while this object lives.
///
/// - what was written and not synced may be there after the cut, or not, or a part of its sectors
/// - a file that was made or removed may be there, or not, until its folder was synced
/// - a sector that was being written may end anywhere; its neighbours are not harmed (SQLite calls
///   that powersafe overwrite, and asks it of every disk)
///
/// Nothing is really synced, so it is fast. It belongs to one thread at a time.
class PowerCutDisk {
public:
    explicit PowerCutDisk(unsigned seed);
    PowerCutDisk(const PowerCutDisk&) = delete;
    PowerCutDisk& operator=(const PowerCutDisk&) = delete;
    ~PowerCutDisk();

    /// The power goes with the n-th write, sync, truncation or removal from now; from then on all
    /// of them fail.
    void cut_at(std::uint64_t operation) noexcept { left_ = operation; }
    bool is_cut() const noexcept { return cut_; }

    /// Gives power again: leaves in every file what the cut may have left. No file may be open.
    void power_on();

    /// What the VFS reports.
    struct Change {
        std::uint64_t offset; ///< of a write; the new size of a truncation
        std::string bytes;
        bool truncates = false;
    };
    struct Inode {
        std::string synced;
        std::vector<Change> unsynced;
        bool folder_sync_due = false; ///< SQLite syncs the folder with a new log's first sync
    };

    std::shared_ptr<Inode> opened(const std::string& path, bool with_folder_sync);
    /// Whether there is still power for this operation.
    bool operate() noexcept;
    void synced(Inode& inode);
    void removed(const std::string& path, bool with_folder_sync);
    sqlite3_vfs& real() const noexcept { return *real_; }

private:
    using Folder = std::map<std::string, std::shared_ptr<Inode>>;

    enum class Fate { all_lost, all_kept, any };

    unsigned below(unsigned bound);
    bool either() { return below(2) == 0; }
    std::string left_of(const Inode& inode, Fate fate);
    void tear(std::string& content, const Change& change);

    std::mt19937 random_;
    sqlite3_vfs* real_;
    std::unique_ptr<sqlite3_vfs> vfs_;
    Folder files_;
    Folder synced_files_; ///< as the folder was at its last sync
    std::uint64_t left_ = 0;
    bool cut_ = false;
};

} // namespace holdfast::test
