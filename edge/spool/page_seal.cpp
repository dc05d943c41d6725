#include "edge/spool/page_seal.hpp"

#include "edge/spool/block_bytes.hpp"
#include "edge/spool/schema.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <string>

namespace holdfast::spool {

namespace {

constexpr std::size_t reserved_bytes_at = 20; // in the file's header (fileformat.html §1.3)
constexpr int room_for_real_file = 1024;      // SQLite's own take about a hundred bytes

std::uint32_t checksum(std::string_view content, std::uint64_t number) {
    return crc32(content) ^ static_cast<std::uint32_t>(number * 0x9e3779b1U);
}

std::uint32_t stored_checksum(std::string_view seal) noexcept {
    std::uint32_t value = 0;
    for (const char byte : seal) {
        value = value << 8U | static_cast<unsigned char>(byte);
    }
    return value;
}

/// Lies at the start of the memory that SQLite gives for an open database file.
struct SealedFile {
    sqlite3_file base;
    sqlite3_file* real;
    bool sealed;
    std::array<char, page_size_bytes> page; ///< SQLite's own is not ours to change
};

SealedFile& sealed_file(sqlite3_file* file) {
    return *reinterpret_cast<SealedFile*>(file); // NOLINT(*-reinterpret-cast): SQLite's subclassing
}

sqlite3_file* real_file(sqlite3_file* file) {
    return sealed_file(file).real;
}

bool is_page(int size, sqlite3_int64 offset) {
    return size == static_cast<int>(page_size_bytes) && offset % size == 0;
}

std::uint64_t number_of(sqlite3_int64 offset) {
    return static_cast<std::uint64_t>(offset) / page_size_bytes + 1;
}

int close_file(sqlite3_file* file) {
    return real_file(file)->pMethods->xClose(real_file(file));
}

int read_file(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
    auto* const real = real_file(file);
    const int code = real->pMethods->xRead(real, data, size, offset);
    if (code != SQLITE_OK || !sealed_file(file).sealed || !is_page(size, offset)) {
        return code;
    }
    const std::string_view page(static_cast<const char*>(data), page_size_bytes);
    return is_sealed(page, number_of(offset)) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    auto& self = sealed_file(file);
    if (!is_page(size, offset)) {
        return self.real->pMethods->xWrite(self.real, data, size, offset);
    }
    const auto* const page = static_cast<const char*>(data);
    if (offset == 0) {
        self.sealed = page[reserved_bytes_at] == seal_size_bytes;
    }
    if (!self.sealed) {
        return self.real->pMethods->xWrite(self.real, data, size, offset);
    }
    std::copy_n(page, page_size_bytes, self.page.begin());
    seal_page(self.page, number_of(offset));
    return self.real->pMethods->xWrite(self.real, self.page.data(), size, offset);
}

int truncate_file(sqlite3_file* file, sqlite3_int64 size) {
    return real_file(file)->pMethods->xTruncate(real_file(file), size);
}

int sync_file(sqlite3_file* file, int flags) {
    return real_file(file)->pMethods->xSync(real_file(file), flags);
}

int size_of_file(sqlite3_file* file, sqlite3_int64* size) {
    return real_file(file)->pMethods->xFileSize(real_file(file), size);
}

int lock_file(sqlite3_file* file, int level) {
    return real_file(file)->pMethods->xLock(real_file(file), level);
}

int unlock_file(sqlite3_file* file, int level) {
    return real_file(file)->pMethods->xUnlock(real_file(file), level);
}

int check_reserved_lock(sqlite3_file* file, int* locked) {
    return real_file(file)->pMethods->xCheckReservedLock(real_file(file), locked);
}

int control_file(sqlite3_file* file, int operation, void* argument) {
    return real_file(file)->pMethods->xFileControl(real_file(file), operation, argument);
}

int sector_size(sqlite3_file* file) {
    return real_file(file)->pMethods->xSectorSize(real_file(file));
}

int characteristics(sqlite3_file* file) {
    return real_file(file)->pMethods->xDeviceCharacteristics(real_file(file));
}

int map_shared(sqlite3_file* file, int page, int size, int extend, volatile void** memory) {
    return real_file(file)->pMethods->xShmMap(real_file(file), page, size, extend, memory);
}

int lock_shared(sqlite3_file* file, int offset, int count, int flags) {
    return real_file(file)->pMethods->xShmLock(real_file(file), offset, count, flags);
}

void barrier_shared(sqlite3_file* file) {
    real_file(file)->pMethods->xShmBarrier(real_file(file));
}

int unmap_shared(sqlite3_file* file, int remove) {
    return real_file(file)->pMethods->xShmUnmap(real_file(file), remove);
}

// Version 2: shared memory, but no memory mapping of the file, whose reads would go past us.
constexpr sqlite3_io_methods methods{
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = size_of_file,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = control_file,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map_shared,
    .xShmLock = lock_shared,
    .xShmBarrier = barrier_shared,
    .xShmUnmap = unmap_shared,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

bool reserves_seals(sqlite3_file* real) {
    char reserved = 0;
    return real->pMethods->xRead(real, &reserved, 1, reserved_bytes_at) == SQLITE_OK &&
           reserved == seal_size_bytes;
}

int open_any(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags,
             int* out_flags) {
    auto& real_vfs = *sqlite3_vfs_find(nullptr);
    if (real_vfs.szOsFile > room_for_real_file) {
        return SQLITE_CANTOPEN;
    }
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0) {
        return real_vfs.xOpen(&real_vfs, name, file, flags, out_flags);
    }
    // In the memory that SQLite gives: it has room for both (szOsFile).
    auto* const self = new (file) SealedFile{};             // NOLINT(*-owning-memory)
    self->real = reinterpret_cast<sqlite3_file*>(self + 1); // NOLINT(*-reinterpret-cast)
    const int code = real_vfs.xOpen(&real_vfs, name, self->real, flags, out_flags);
    if (code == SQLITE_OK) {
        self->base.pMethods = &methods;
        self->sealed = reserves_seals(self->real);
    }
    return code;
}

int remove_any(sqlite3_vfs* /*vfs*/, const char* name, int sync_folder) {
    auto& real_vfs = *sqlite3_vfs_find(nullptr);
    return real_vfs.xDelete(&real_vfs, name, sync_folder);
}

int is_accessible(sqlite3_vfs* /*vfs*/, const char* name, int flags, int* result) {
    auto& real_vfs = *sqlite3_vfs_find(nullptr);
    return real_vfs.xAccess(&real_vfs, name, flags, result);
}

int full_path(sqlite3_vfs* /*vfs*/, const char* name, int size, char* out) {
    auto& real_vfs = *sqlite3_vfs_find(nullptr);
    return real_vfs.xFullPathname(&real_vfs, name, size, out);
}

/// SQLite keeps a pointer to it for as long as the process lives.
struct Registered {
    Registered()
        : vfs(*sqlite3_vfs_find(nullptr)) {
        vfs.iVersion = 2;
        vfs.szOsFile = static_cast<int>(sizeof(SealedFile)) + room_for_real_file;
        vfs.pNext = nullptr;
        vfs.zName = "holdfast-sealing";
        vfs.xOpen = open_any;
        vfs.xDelete = remove_any;
        vfs.xAccess = is_accessible;
        vfs.xFullPathname = full_path;
        sqlite3_vfs_register(&vfs, 0);
    }

    sqlite3_vfs vfs;
};

} // namespace

void seal_page(std::span<char> page, std::uint64_t number) noexcept {
    const auto content = page.first(page.size() - seal_size_bytes);
    auto sum = checksum({content.data(), content.size()}, number);
    const auto seal = page.last(seal_size_bytes);
    for (auto byte = seal.rbegin(); byte != seal.rend(); ++byte) {
        *byte = static_cast<char>(sum & 0xffU);
        sum >>= 8U;
    }
}

bool is_sealed(std::string_view page, std::uint64_t number) noexcept {
    const auto content = page.substr(0, page.size() - seal_size_bytes);
    return checksum(content, number) == stored_checksum(page.substr(content.size()));
}

const char* sealing_vfs() {
    static const Registered registered;
    return registered.vfs.zName;
}

} // namespace holdfast::spool
