#include "cli/backup/archive.hpp"

#include "core/error.hpp"
#include "core/unique_fd.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>

namespace holdfast::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;

struct FreeEntry {
    void operator()(archive_entry* entry) const noexcept { archive_entry_free(entry); }
};
using EntryHandle = std::unique_ptr<archive_entry, FreeEntry>;

std::string reason_of(archive* handle) {
    const auto* const reason = archive_error_string(handle);
    return reason == nullptr ? "cannot be used" : reason;
}

[[noreturn]] void fail(archive* handle, const fs::path& file) {
    throw Error(fmt::format("{}: {}", file.string(), reason_of(handle)));
}

ArchiveHandle reader_of(const fs::path& file) {
    ArchiveHandle reader(archive_read_new());
    archive_read_support_format_tar(reader.get());
    archive_read_support_filter_gzip(reader.get());
    if (archive_read_open_filename(reader.get(), file.c_str(), chunk_bytes) != ARCHIVE_OK) {
        throw Error(fmt::format("{} is damaged, or was not made by 'holdfast backup': {}",
                                file.string(), reason_of(reader.get())));
    }
    return reader;
}

/// Onto a disk, with rights and owners, and nowhere that a link could lead to.
ArchiveHandle writer_to_disk() {
    ArchiveHandle writer(archive_write_disk_new());
    archive_write_disk_set_options(
        writer.get(), ARCHIVE_EXTRACT_PERM | (::geteuid() == 0 ? ARCHIVE_EXTRACT_OWNER : 0) |
                          ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT);
    archive_write_disk_set_standard_lookup(writer.get());
    return writer;
}

void require_plain(archive_entry* entry, const fs::path& file) {
    const fs::path name = archive_entry_pathname(entry);
    const bool inside = !name.empty() && name.is_relative() && name == name.lexically_normal() &&
                        *name.begin() != "..";
    const auto type = archive_entry_filetype(entry);
    if (!inside || (type != AE_IFREG && type != AE_IFDIR) ||
        archive_entry_hardlink(entry) != nullptr) {
        throw Error(fmt::format("{} holds '{}', which no backup has: it was not made by 'holdfast "
                                "backup'",
                                file.string(), name.string()));
    }
}

void copy_data(archive* from, archive* to, const fs::path& file, const BytesDone& taken) {
    const void* block = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    int code = ARCHIVE_OK;
    while ((code = archive_read_data_block(from, &block, &size, &offset)) == ARCHIVE_OK) {
        if (archive_write_data_block(to, block, size, offset) < ARCHIVE_OK) {
            fail(to, file);
        }
        if (taken) {
            constexpr int as_stored = -1;
            taken(static_cast<std::uint64_t>(archive_filter_bytes(from, as_stored)));
        }
    }
    if (code != ARCHIVE_EOF) {
        fail(from, file);
    }
}

} // namespace

void FreeArchive::operator()(archive* handle) const noexcept {
    archive_free(handle);
}

ArchiveWriter::ArchiveWriter(fs::path file)
    : file_(std::move(file))
    , unfinished_(file_.string() + ".unfinished")
    , handle_(archive_write_new()) {
    archive_write_set_format_pax_restricted(handle_.get());
    archive_write_add_filter_gzip(handle_.get());
    // Nobody else may look into it, not even while it grows.
    const UniqueFd made(
        ::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!made) {
        throw_errno(unfinished_.string());
    }
    check(archive_write_open_filename(handle_.get(), unfinished_.c_str()));
}

ArchiveWriter::~ArchiveWriter() {
    std::error_code ignored;
    fs::remove(unfinished_, ignored);
}

void ArchiveWriter::check(int code) const {
    if (code != ARCHIVE_OK) {
        fail(handle_.get(), unfinished_);
    }
}

void ArchiveWriter::add(const fs::path& file, const std::string& name) {
    const ArchiveHandle disk(archive_read_disk_new());
    archive_read_disk_set_standard_lookup(disk.get());
    archive_read_disk_set_symlink_logical(disk.get()); // what a link shows
    const EntryHandle entry(archive_entry_new());
    archive_entry_copy_sourcepath(entry.get(), file.c_str());
    if (archive_read_disk_entry_from_file(disk.get(), entry.get(), -1, nullptr) != ARCHIVE_OK) {
        fail(disk.get(), file);
    }
    archive_entry_copy_pathname(entry.get(), name.c_str());
    check(archive_write_header(handle_.get(), entry.get()));
    if (archive_entry_filetype(entry.get()) == AE_IFREG) {
        copy(file, archive_entry_size(entry.get()));
    }
}

void ArchiveWriter::copy(const fs::path& file, std::int64_t bytes) {
    std::ifstream content(file, std::ios::binary);
    std::array<char, chunk_bytes> chunk{};
    while (bytes > 0) {
        content.read(chunk.data(), std::min<std::int64_t>(bytes, chunk.size()));
        const auto got = content.gcount();
        if (got == 0) {
            throw Error(
                fmt::format("{} became shorter while it was read: try again", file.string()));
        }
        if (archive_write_data(handle_.get(), chunk.data(), static_cast<std::size_t>(got)) < 0) {
            fail(handle_.get(), unfinished_);
        }
        bytes -= got;
        bytes_copied_ += static_cast<std::uint64_t>(got);
        if (copied_) {
            copied_(bytes_copied_);
        }
    }
}

void ArchiveWriter::add_text(std::string_view text, const std::string& name) {
    const EntryHandle entry(archive_entry_new());
    archive_entry_copy_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0600);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(text.size()));
    check(archive_write_header(handle_.get(), entry.get()));
    if (archive_write_data(handle_.get(), text.data(), text.size()) < 0) {
        fail(handle_.get(), unfinished_);
    }
}

void ArchiveWriter::finish() {
    check(archive_write_close(handle_.get()));
    const UniqueFd written(::open(unfinished_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!written || ::fsync(written.get()) != 0) {
        throw_errno(unfinished_.string());
    }
    fs::rename(unfinished_, file_);
}

void extract_archive(const fs::path& file, const fs::path& folder, const BytesDone& taken) {
    const auto reader = reader_of(file);
    const auto writer = writer_to_disk();
    archive_entry* entry = nullptr; // the reader's own
    int code = ARCHIVE_OK;
    while ((code = archive_read_next_header(reader.get(), &entry)) == ARCHIVE_OK) {
        require_plain(entry, file);
        archive_entry_copy_pathname(entry, (folder / archive_entry_pathname(entry)).c_str());
        if (archive_write_header(writer.get(), entry) < ARCHIVE_OK) {
            fail(writer.get(), file);
        }
        copy_data(reader.get(), writer.get(), file, taken);
        if (archive_write_finish_entry(writer.get()) < ARCHIVE_OK) {
            fail(writer.get(), file);
        }
    }
    // Folders get their rights last.
    if (code != ARCHIVE_EOF || archive_write_close(writer.get()) < ARCHIVE_OK) {
        fail(code != ARCHIVE_EOF ? reader.get() : writer.get(), file);
    }
}

} // namespace holdfast::cli
