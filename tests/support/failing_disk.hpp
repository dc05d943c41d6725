#pragma once

#include <sqlite3.h>

#include <map>
#include <mutex>
#include <stdexcept>

namespace holdfast::test {

/// A disk that fails when it is told to: SQLite's default VFS while this object lives, for files
/// that are opened meanwhile. One at a time.
class FailingDisk {
public:
    FailingDisk()
        : real_(sqlite3_vfs_find(nullptr))
        , vfs_(*real_) {
        if (active() != nullptr) {
            throw std::logic_error("there is a failing disk already");
        }
        active() = this;
        vfs_.zName = "failing";
        vfs_.xOpen = &FailingDisk::open;
        sqlite3_vfs_register(&vfs_, 1);
    }
    FailingDisk(const FailingDisk&) = delete;
    FailingDisk& operator=(const FailingDisk&) = delete;
    ~FailingDisk() {
        sqlite3_vfs_unregister(&vfs_);
        sqlite3_vfs_register(real_, 1);
        active() = nullptr;
    }

    /// From the nth write or sync on, that many of them fail with the code.
    void fail(int code, int after = 0, int times = 1'000'000'000) {
        const std::lock_guard lock(mutex_);
        code_ = code;
        healthy_ = after;
        failing_ = times;
    }
    void heal() {
        const std::lock_guard lock(mutex_);
        failing_ = 0;
    }
    /// How many calls have failed.
    int failed() const {
        const std::lock_guard lock(mutex_);
        return failed_;
    }

private:
    static FailingDisk*& active() {
        static FailingDisk* disk = nullptr;
        return disk;
    }

    // The real file stays what it is, but for the methods that change the disk.
    static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
        auto& disk = *active();
        const int result = disk.real_->xOpen(vfs, name, file, flags, out);
        if (result == SQLITE_OK) {
            disk.original_ = file->pMethods;
            auto& patched = disk.patched_.emplace(file->pMethods, *file->pMethods).first->second;
            patched.xWrite = &FailingDisk::write;
            patched.xSync = &FailingDisk::sync;
            patched.xTruncate = &FailingDisk::truncate;
            file->pMethods = &patched;
        }
        return result;
    }

    int verdict() {
        const std::lock_guard lock(mutex_);
        if (failing_ == 0 || healthy_-- > 0) {
            return SQLITE_OK;
        }
        --failing_;
        ++failed_;
        return code_;
    }

    static int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
        const int code = active()->verdict();
        return code != SQLITE_OK ? code : active()->original_->xWrite(file, bytes, count, offset);
    }
    static int sync(sqlite3_file* file, int flags) {
        const int code = active()->verdict();
        return code != SQLITE_OK ? code : active()->original_->xSync(file, flags);
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size) {
        const int code = active()->verdict();
        return code != SQLITE_OK ? code : active()->original_->xTruncate(file, size);
    }

    sqlite3_vfs* real_;
    sqlite3_vfs vfs_;
    /// They write, sync and truncate alike, and differ in their locks.
    const sqlite3_io_methods* original_ = nullptr;
    std::map<const sqlite3_io_methods*, sqlite3_io_methods> patched_;
    mutable std::mutex mutex_; // told by the test, asked by whoever writes
    int code_ = SQLITE_OK;
    int healthy_ = 0;
    int failing_ = 0;
    int failed_ = 0;
};

} // namespace holdfast::test
