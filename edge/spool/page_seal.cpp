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

/// Lies behind the real file, in the memory that SQLite gives for an open one.
struct Sealing {
    const sqlite3_io_methods* real;
    sqlite3_io_methods methods; ///< the real ones, but for reading and writing
    bool sealed;
    std::array<char, page_size_bytes> page; ///< SQLite's own is not ours to change
};

void* behind_real(sqlite3_file* file) {
    return reinterpret_cast<char*>(file) + room_for_real_file; // NOLINT(*-reinterpret-cast)
}

Sealing& sealing_of(sqlite3_file* file) {
    return *static_cast<Sealing*>(behind_real(file));
}

bool is_page(int size, sqlite3_int64 offset) {
    return size == static_cast<int>(page_size_bytes) && offset % size == 0;
}

std::uint64_t number_of(sqlite3_int64 offset) {
    return static_cast<std::uint64_t>(offset) / page_size_bytes + 1;
}

int read_file(sqlite3_file* file, void* data, int size, sqlite3_int64 offset) {
    const auto& self = sealing_of(file);
    const int code = self.real->xRead(file, data, size, offset);
    if (code != SQLITE_OK || !self.sealed || !is_page(size, offset)) {
        return code;
    }
    const std::string_view page(static_cast<const char*>(data), page_size_bytes);
    return is_sealed(page, number_of(offset)) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

int write_file(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
    auto& self = sealing_of(file);
    if (!is_page(size, offset)) {
        return self.real->xWrite(file, data, size, offset);
    }
    const auto* const page = static_cast<const char*>(data);
    if (offset == 0) {
        self.sealed = page[reserved_bytes_at] == seal_size_bytes;
    }
    if (!self.sealed) {
        return self.real->xWrite(file, data, size, offset);
    }
    std::copy_n(page, page_size_bytes, self.page.begin());
    seal_page(self.page, number_of(offset));
    return self.real->xWrite(file, self.page.data(), size, offset);
}

bool reserves_seals(sqlite3_file* file) {
    char reserved = 0;
    return file->pMethods->xRead(file, &reserved, 1, reserved_bytes_at) == SQLITE_OK &&
           reserved == seal_size_bytes;
}

void seal_from_now_on(sqlite3_file* file) {
    const Sealing start{file->pMethods, *file->pMethods, reserves_seals(file), {}};
    // SQLite's memory has room for both (szOsFile).
    auto* const self = new (behind_real(file)) Sealing(start); // NOLINT(*-owning-memory)
    // Shared memory, but no memory mapping of the file, whose reads would go past us.
    self->methods.iVersion = std::min(self->methods.iVersion, 2);
    self->methods.xRead = read_file;
    self->methods.xWrite = write_file;
    file->pMethods = &self->methods;
}

int open_any(sqlite3_vfs* /*vfs*/, const char* name, sqlite3_file* file, int flags,
             int* out_flags) {
    auto& real_vfs = *sqlite3_vfs_find(nullptr);
    if (real_vfs.szOsFile > room_for_real_file) {
        return SQLITE_CANTOPEN;
    }
    const int code = real_vfs.xOpen(&real_vfs, name, file, flags, out_flags);
    if (code == SQLITE_OK && (flags & SQLITE_OPEN_MAIN_DB) != 0) {
        seal_from_now_on(file);
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
        vfs.szOsFile = room_for_real_file + static_cast<int>(sizeof(Sealing));
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
