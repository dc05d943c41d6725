#include "support/power_cut_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <new>
#include <string_view>
#include <utility>

namespace holdfast::test {

namespace {

constexpr std::size_t sector_size = 512;

constexpr int room_for_real_file = 512; // SQLite's own take about a hundred bytes

/// Lies behind the real file, in the memory that SQLite gives for an open one.
struct OpenFile {
    const sqlite3_io_methods* real;
    sqlite3_io_methods methods; ///< the real ones, but for those that change the disk
    PowerCutDisk* disk;
    std::shared_ptr<PowerCutDisk::Inode> inode; ///< none for files that need not survive
};

void* behind_real(sqlite3_file* file) {
    return reinterpret_cast<char*>(file) + room_for_real_file; // NOLINT(*-reinterpret-cast)
}

OpenFile& open_file(sqlite3_file* file) {
    return *static_cast<OpenFile*>(behind_real(file));
}

int close_file(sqlite3_file* file) {
    auto& open = open_file(file);
    const int code = open.real->xClose(file);
    open.~OpenFile();
    return code;
}

int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    auto& open = open_file(file);
    if (open.inode != nullptr) {
        const bool was_cut = open.disk->is_cut();
        const bool powered = open.disk->operate();
        if (!was_cut) { // the write that the cut falls into may be there in part
            open.inode->unsynced.push_back(
                {static_cast<std::uint64_t>(offset),
                 std::string(static_cast<const char*>(data), static_cast<std::size_t>(size))});
        }
        if (!powered) {
            return SQLITE_IOERR_WRITE;
        }
    }
    return open.real->xWrite(file, data, size, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    auto& open = open_file(file);
    if (open.inode != nullptr) {
        if (!open.disk->operate()) {
            return SQLITE_IOERR_TRUNCATE;
        }
        open.inode->unsynced.push_back({static_cast<std::uint64_t>(size), {}, true});
    }
    return open.real->xTruncate(file, size);
}

int sync_file(sqlite3_file* file, int /*flags*/) {
    auto& open = open_file(file);
    if (open.inode != nullptr) {
        if (!open.disk->operate()) {
            return SQLITE_IOERR_FSYNC;
        }
        open.disk->synced(*open.inode);
    }
    return SQLITE_OK;
}

PowerCutDisk& disk_of(sqlite3_vfs* vfs) {
    return *static_cast<PowerCutDisk*>(vfs->pAppData);
}

int open_any(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto& disk = disk_of(vfs);
    if (disk.real().szOsFile > room_for_real_file) {
        return SQLITE_CANTOPEN;
    }
    const int code = disk.real().xOpen(&disk.real(), name, file, flags, out_flags);
    if (code != SQLITE_OK) {
        return code;
    }
    // SQLite's memory has room for both (szOsFile).
    auto* const open = new (behind_real(file)) // NOLINT(*-owning-memory)
        OpenFile{file->pMethods, *file->pMethods, &disk, {}};
    constexpr int logs = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL;
    if (name != nullptr && (flags & (logs | SQLITE_OPEN_MAIN_DB)) != 0) {
        open->inode = disk.opened(name, (flags & logs) != 0);
    }
    // Shared memory, but no memory mapping of the files, which would go past us.
    open->methods.iVersion = std::min(open->methods.iVersion, 2);
    open->methods.xClose = close_file;
    open->methods.xWrite = write_file;
    open->methods.xTruncate = truncate_file;
    open->methods.xSync = sync_file;
    file->pMethods = &open->methods;
    return SQLITE_OK;
}

int remove_any(sqlite3_vfs* vfs, const char* name, int sync_folder) {
    auto& disk = disk_of(vfs);
    if (!disk.operate()) {
        return SQLITE_IOERR_DELETE;
    }
    disk.removed(name, sync_folder != 0);
    return disk.real().xDelete(&disk.real(), name, 0);
}

int is_accessible(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
    return disk_of(vfs).real().xAccess(&disk_of(vfs).real(), name, flags, result);
}

int full_path(sqlite3_vfs* vfs, const char* name, int size, char* out) {
    return disk_of(vfs).real().xFullPathname(&disk_of(vfs).real(), name, size, out);
}

void write_at(std::string& content, std::uint64_t offset, std::string_view bytes) {
    if (content.size() < offset + bytes.size()) {
        content.resize(offset + bytes.size());
    }
    std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

void apply(std::string& content, const PowerCutDisk::Change& change) {
    if (change.truncates) {
        content.resize(change.offset);
    } else {
        write_at(content, change.offset, change.bytes);
    }
}

} // namespace

PowerCutDisk::PowerCutDisk(unsigned seed)
    : random_(seed)
    , real_(sqlite3_vfs_find(nullptr))
    , vfs_(std::make_unique<sqlite3_vfs>(*real_)) {
    vfs_->iVersion = 2;
    vfs_->szOsFile = room_for_real_file + static_cast<int>(sizeof(OpenFile));
    vfs_->pNext = nullptr;
    vfs_->zName = "power-cut";
    vfs_->pAppData = this;
    vfs_->xOpen = open_any;
    vfs_->xDelete = remove_any;
    vfs_->xAccess = is_accessible;
    vfs_->xFullPathname = full_path;
    sqlite3_vfs_register(vfs_.get(), 1);
}

PowerCutDisk::~PowerCutDisk() {
    sqlite3_vfs_unregister(vfs_.get());
    sqlite3_vfs_register(real_, 1);
}

unsigned PowerCutDisk::below(unsigned bound) {
    return std::uniform_int_distribution<unsigned>(0, bound - 1)(random_);
}

std::shared_ptr<PowerCutDisk::Inode> PowerCutDisk::opened(const std::string& path,
                                                          bool with_folder_sync) {
    auto& inode = files_[path];
    if (inode == nullptr) {
        inode = std::make_shared<Inode>();
        inode->folder_sync_due = with_folder_sync;
    }
    return inode;
}

bool PowerCutDisk::operate() noexcept {
    if (left_ > 0 && --left_ == 0) {
        cut_ = true;
    }
    return !cut_;
}

void PowerCutDisk::synced(Inode& inode) {
    for (const auto& change : inode.unsynced) {
        apply(inode.synced, change);
    }
    inode.unsynced.clear();
    if (std::exchange(inode.folder_sync_due, false)) {
        synced_files_ = files_;
    }
}

void PowerCutDisk::removed(const std::string& path, bool with_folder_sync) {
    files_.erase(path);
    if (with_folder_sync) {
        synced_files_ = files_;
    }
}

/// Sector by sector as chance has it; a sector may also end anywhere.
void PowerCutDisk::tear(std::string& content, const Change& change) {
    for (std::size_t at = 0; at < change.bytes.size();) {
        const auto to_boundary = sector_size - (change.offset + at) % sector_size;
        const auto piece = std::string_view(change.bytes).substr(at, to_boundary);
        if (below(20) == 0) {
            write_at(content, change.offset + at,
                     piece.substr(0, below(static_cast<unsigned>(piece.size()) + 1)));
        } else if (either()) {
            write_at(content, change.offset + at, piece);
        }
        at += piece.size();
    }
}

std::string PowerCutDisk::left_of(const Inode& inode, Fate fate) {
    auto content = inode.synced;
    for (const auto& change : inode.unsynced) {
        if (fate == Fate::all_kept || (fate == Fate::any && either())) {
            apply(content, change);
        } else if (fate == Fate::any && !change.truncates && either()) {
            tear(content, change);
        }
    }
    return content;
}

void PowerCutDisk::power_on() {
    const auto fate = std::array{Fate::all_lost, Fate::all_kept, Fate::any, Fate::any}[below(4)];
    auto paths = synced_files_;
    paths.insert(files_.begin(), files_.end());
    Folder left;
    for (const auto& [path, unused] : paths) {
        const auto& folder = either() ? synced_files_ : files_;
        const auto found = folder.find(path);
        if (found == folder.end()) {
            std::filesystem::remove(path);
            continue;
        }
        auto inode = std::make_shared<Inode>();
        inode->synced = left_of(*found->second, fate);
        std::ofstream(path, std::ios::binary | std::ios::trunc) << inode->synced;
        left.emplace(path, std::move(inode));
    }
    files_ = left;
    synced_files_ = left;
    left_ = 0;
    cut_ = false;
}

} // namespace holdfast::test
