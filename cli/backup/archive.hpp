#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct archive;

namespace holdfast::cli {

struct FreeArchive {
    void operator()(archive* handle) const noexcept;
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;

/// Told how many bytes of the work are done, now and then.
using BytesDone = std::function<void(std::uint64_t bytes)>;

/// A compressed tar file that only its owner can read. It is there under its name once it is whole
/// and on disk, and not before.
class ArchiveWriter {
public:
    /// Throws Error where it cannot be written.
    explicit ArchiveWriter(std::filesystem::path file);
    /// Called from now on with the bytes of all files so far.
    void on_progress(BytesDone copied) { copied_ = std::move(copied); }
    ArchiveWriter(const ArchiveWriter&) = delete;
    ArchiveWriter& operator=(const ArchiveWriter&) = delete;
    ~ArchiveWriter();

    /// A regular file or a folder without what is in it, with its rights and its owners' names.
    void add(const std::filesystem::path& file, const std::string& name);
    void add_text(std::string_view text, const std::string& name);
    void finish();

private:
    void check(int code) const;
    void copy(const std::filesystem::path& file, std::int64_t bytes);

    std::filesystem::path file_;
    std::filesystem::path unfinished_;
    ArchiveHandle handle_;
    BytesDone copied_;
    std::uint64_t bytes_copied_ = 0;
};

/// Writes the archive's files and folders below `folder`; root gives them their owners, where those
/// exist. Throws Error where it is damaged, or holds anything else, or reaches beyond that folder.
/// `taken` is told how much of the file is read.
void extract_archive(const std::filesystem::path& file, const std::filesystem::path& folder,
                     const BytesDone& taken = {});

} // namespace holdfast::cli
