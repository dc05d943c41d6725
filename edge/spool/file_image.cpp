#include "edge/spool/file_image.hpp"

#include "core/error.hpp"
#include "edge/spool/page_seal.hpp"
#include "edge/spool/schema.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <string_view>
#include <vector>

namespace holdfast::spool {

namespace {

constexpr std::size_t reserved_bytes_at = 20; // in the file's header (fileformat.html §1.3)

// The write-ahead log (sqlite.org/fileformat.html §4).
constexpr std::size_t log_header_size = 32;
constexpr std::size_t frame_header_size = 24;
constexpr std::size_t frame_size = frame_header_size + page_size_bytes;
constexpr std::uint32_t log_magic = 0x377f0682; // the lowest bit: checksums of big-endian words

UniqueFd open_for_reading(const std::filesystem::path& path) {
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

std::uint64_t size_of(const UniqueFd& fd) {
    struct stat status {};
    return fd && ::fstat(fd.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

/// Shorter where the file ends, empty where it cannot be read: then the page is lost, no more.
std::string read_at(const UniqueFd& fd, std::uint64_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    const auto got = ::pread(fd.get(), bytes.data(), size, static_cast<off_t>(offset));
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return bytes;
}

std::uint32_t word(std::string_view bytes, std::size_t at, bool big_endian) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        const auto byte = static_cast<unsigned char>(bytes[at + (big_endian ? i : 3 - i)]);
        value = value << 8U | byte;
    }
    return value;
}

/// The running checksum of a log: each frame's goes on from that of the frame before.
struct Sum {
    std::uint32_t first = 0;
    std::uint32_t second = 0;

    void add(std::string_view bytes, bool big_endian) {
        for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
            first += word(bytes, at, big_endian) + second;
            second += word(bytes, at + 4, big_endian) + first;
        }
    }
    bool operator==(const Sum&) const noexcept = default;
};

Sum stored_sum(std::string_view bytes, std::size_t at) {
    return {word(bytes, at, true), word(bytes, at + 4, true)};
}

struct Frame {
    std::uint32_t page = 0;
    std::uint32_t pages_after_commit = 0; ///< 0 unless the frame ends a transaction
    std::uint64_t offset = 0;             ///< of its page
    bool whole = false;
    bool present = false; ///< of the log's present generation, whole or not
};

struct Frames {
    std::vector<Frame> all;
    bool header_is_damaged = false;
};

bool is_whole(std::string_view frame, Sum before, bool big_endian) {
    before.add(frame.substr(0, 8), big_endian);
    before.add(frame.substr(frame_header_size), big_endian);
    return before == stored_sum(frame, 16);
}

/// The checksum of the header that the log had when its first frame was written, if it had been
/// started anew so many times less than its header says now.
Sum header_sum(std::string header, std::string_view first_frame, std::uint32_t fewer,
               bool big_endian) {
    const auto starts = word(header, 12, true) - fewer;
    for (std::size_t i = 0; i < 4; ++i) {
        header[12 + i] = static_cast<char>(starts >> 8U * (3 - i) & 0xffU);
    }
    header.replace(16, 8, first_frame.substr(8, 8));
    Sum sum;
    sum.add(std::string_view(header).substr(0, 24), big_endian);
    return sum;
}

/// The salt of the first frame that goes on from the one before it, empty if none does.
std::string salt_of_frames(const UniqueFd& log, bool big_endian) {
    auto before = read_at(log, log_header_size, frame_size);
    for (auto offset = log_header_size + frame_size;; offset += frame_size) {
        auto frame = read_at(log, offset, frame_size);
        if (frame.size() < frame_size) {
            return {};
        }
        if (is_whole(frame, stored_sum(before, 16), big_endian)) {
            return frame.substr(8, 8);
        }
        before = std::move(frame);
    }
}

// The log's index (sqlite.org/walformat.html §2.1): numbers in the machine's own order.
constexpr std::size_t index_header_size = 48; // and a copy behind it
constexpr std::size_t index_frames_at = 16;
constexpr std::size_t index_salt_at = 32;
constexpr std::size_t index_sum_at = 40;

/// How many frames of the log's present generation were on the disk, by its index; 0 where that
/// says nothing. SQLite writes it behind the sync of each commit, and it is never synced itself:
/// what it says may be old, but not too much.
std::uint64_t indexed_frames(const std::filesystem::path& database, const UniqueFd& log) {
    const bool big_endian = std::endian::native == std::endian::big;
    const auto bytes =
        read_at(open_for_reading(database.string() + "-shm"), 0, 2 * index_header_size);
    const auto log_header = read_at(log, 0, log_header_size);
    if (bytes.size() < 2 * index_header_size || log_header.size() < log_header_size) {
        return 0;
    }
    const auto header = std::string_view(bytes).substr(0, index_header_size);
    Sum sum;
    sum.add(header.substr(0, index_sum_at), big_endian);
    const Sum stored{word(header, index_sum_at, big_endian),
                     word(header, index_sum_at + 4, big_endian)};
    const bool whole = header == std::string_view(bytes).substr(index_header_size) && sum == stored;
    const bool present =
        header.substr(index_salt_at, 8) == std::string_view(log_header).substr(16, 8);
    return whole && present ? word(header, index_frames_at, big_endian) : 0;
}

/// The frames of the log's present generation, which its salt tells from older ones.
Frames read_frames(const UniqueFd& log) {
    Frames frames;
    const auto header = read_at(log, 0, log_header_size);
    const auto first = read_at(log, log_header_size, frame_size);
    if (header.size() < log_header_size || first.size() < frame_size) {
        return frames;
    }
    const bool good_magic = (word(header, 0, true) | 1U) == (log_magic | 1U);
    // Without a header: as SQLite writes it here.
    const bool big_endian =
        good_magic ? (word(header, 0, true) & 1U) != 0 : std::endian::native == std::endian::big;
    Sum sum;
    sum.add(std::string_view(header).substr(0, 24), big_endian);
    frames.header_is_damaged = !good_magic || sum != stored_sum(header, 24);
    auto salt = header.substr(16, 8);
    if (frames.header_is_damaged) {
        if (is_whole(first, header_sum(header, first, 1, big_endian), big_endian)) {
            // The power went while the log was started anew: all of it is in the file already.
            return {};
        }
        salt = salt_of_frames(log, big_endian);
        sum = header_sum(header, first, 0, big_endian);
    }
    for (auto offset = std::uint64_t{log_header_size};; offset += frame_size) {
        const auto frame = read_at(log, offset, frame_size);
        if (frame.size() < frame_size) {
            return frames;
        }
        const std::string_view bytes(frame);
        const bool salted = bytes.substr(8, 8) == salt;
        const bool goes_on = is_whole(bytes, sum, big_endian);
        // Those of older generations go on from one another, too.
        const bool behind_present = frames.all.empty() || frames.all.back().whole;
        frames.all.push_back({word(bytes, 0, true), word(bytes, 4, true),
                              offset + frame_header_size, salted && goes_on,
                              salted || (goes_on && behind_present)});
        sum = stored_sum(bytes, 16); // a damaged frame does not take the next ones with it
    }
}

} // namespace

FileImage::FileImage(const std::filesystem::path& database)
    : file_(open_for_reading(database))
    , log_(open_for_reading(database.string() + "-wal")) {
    if (!file_) {
        throw_errno(database.string());
    }
    page_count_ = size_of(file_) / page_size_bytes;
    const auto reserved = read_at(file_, reserved_bytes_at, 1);
    sealed_ = reserved.empty() || reserved[0] != 0;
    if (log_) {
        read_log(indexed_frames(database, log_));
    }
}

void FileImage::read_log(std::uint64_t synced_frames) {
    const auto [frames, header_is_damaged] = read_frames(log_);
    const auto last = std::find_if(frames.rbegin(), frames.rend(), [](const Frame& frame) {
        return frame.whole && frame.pages_after_commit > 0;
    });
    const auto first_bad =
        std::find_if(frames.begin(), frames.end(), [](const Frame& frame) { return !frame.whole; });
    const auto end = last.base();
    log_has_commits_ = end != frames.begin();
    // Transactions are synced one by one, so a power cut can leave at most one commit behind a bad
    // frame: the one that it cut off. Two are damage, and so is a synced frame that is not there.
    const auto behind = std::count_if(first_bad, frames.end(), [](const Frame& frame) {
        return frame.whole && frame.pages_after_commit > 0;
    });
    log_end_is_torn_ =
        std::any_of(first_bad, frames.end(), [](const Frame& frame) { return frame.present; });
    const auto readable = static_cast<std::uint64_t>(first_bad - frames.begin());
    log_is_damaged_ =
        behind > 1 || readable < synced_frames || (header_is_damaged && log_has_commits_);
    const auto usable = log_is_damaged_ ? end : std::min(first_bad, end);
    for (auto frame = frames.begin(); frame < usable; ++frame) {
        if (frame->whole) {
            in_log_[frame->page] = frame->offset;
            page_count_ = std::max<std::uint64_t>(page_count_, frame->page);
        }
    }
}

std::size_t FileImage::usable_bytes() const noexcept {
    return page_size_bytes - (sealed_ ? seal_size_bytes : 0);
}

std::optional<std::string> FileImage::page(std::uint64_t number) const {
    if (const auto newest = in_log_.find(number); newest != in_log_.end()) {
        auto page = read_at(log_, newest->second, page_size_bytes);
        return page.size() == page_size_bytes ? std::optional(std::move(page)) : std::nullopt;
    }
    auto page = read_at(file_, (number - 1) * page_size_bytes, page_size_bytes);
    if (page.size() < page_size_bytes || (sealed_ && !is_sealed(page, number))) {
        return std::nullopt;
    }
    return page;
}

} // namespace holdfast::spool
