#include "plugin/login_memory.hpp"

#include "core/error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace holdfast {

namespace {

constexpr std::array<char, 24> mark{"holdfast logins 1\n"};
constexpr std::uint64_t fewest_slots = 2048;
constexpr std::uint64_t most_slots = std::uint64_t{1} << 20U;

std::uint64_t slots_for(std::size_t users) {
    // So many that no bucket overflows: its users would drive each other out at each restart.
    return std::clamp(std::bit_ceil(std::uint64_t{users} * 4), fewest_slots, most_slots);
}

bool lies_in_memory(int file) noexcept {
    struct statfs system {};
    return ::fstatfs(file, &system) == 0 &&
           (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC);
}

template <typename T>
bool read_at(int file, T& value, off_t offset) noexcept {
    return ::pread(file, &value, sizeof value, offset) == static_cast<ssize_t>(sizeof value);
}

template <typename T>
bool write_at(int file, const T& value, off_t offset) noexcept {
    return ::pwrite(file, &value, sizeof value, offset) == static_cast<ssize_t>(sizeof value);
}

/// Texts and numbers of an HMAC, each with its length, so that no two entries read the same.
std::string joined(std::string_view what, std::initializer_list<std::string_view> texts) {
    std::string result(what);
    for (const auto text : texts) {
        result += fmt::format(":{}:", text.size());
        result += text;
    }
    return result;
}

} // namespace

LoginMemory::LoginMemory(UniqueFd file, const Header& header)
    : file_(std::move(file))
    , key_(header.key)
    , buckets_(header.slots / ways) {}

LoginMemory::Header LoginMemory::new_header(std::size_t users) {
    Header header{mark, slots_for(users), {}};
    crypto::fill_random(header.key);
    return header;
}

LoginMemory LoginMemory::of_process(std::size_t users) {
    UniqueFd file(::memfd_create("holdfast-logins", MFD_CLOEXEC));
    if (!file) {
        throw_errno("cannot make a file in memory for verified logins");
    }
    return {std::move(file), new_header(users)};
}

LoginMemory LoginMemory::in_file(const std::filesystem::path& path, std::size_t users,
                                 const Log& log) {
    // O_NONBLOCK: a pipe that somebody put there is not waited for.
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file || errno != ENOENT) {
        Header header{};
        const auto fault = file ? fault_of(file.get(), users, header)
                                : std::string_view("it cannot be opened, or is a symbolic link");
        if (fault.empty()) {
            return {std::move(file), header};
        }
        log.notice("login memory is made new", {{"path", path.string()}, {"reason", fault}});
    }
    const auto header = new_header(users);
    return {make_file(path, header), header};
}

std::string_view LoginMemory::fault_of(int file, std::size_t users, Header& header) {
    struct stat found {};
    if (!lies_in_memory(file)) {
        return "it does not lie in memory";
    }
    if (::fstat(file, &found) != 0 || !S_ISREG(found.st_mode) || found.st_nlink != 1) {
        return "it is no file of its own";
    }
    if (found.st_uid != ::geteuid() || (found.st_mode & 0777U) != 0600U) {
        return "somebody else owns it or may read it";
    }
    if (!read_at(file, header, 0) || header.mark != mark) {
        return "it is none of this version";
    }
    if (!std::has_single_bit(header.slots) || header.slots > most_slots ||
        found.st_size != static_cast<off_t>(sizeof(Header) + header.slots * sizeof(Slot))) {
        return "it is not whole";
    }
    return header.slots >= slots_for(users) ? "" : "there are more users than it was made for";
}

UniqueFd LoginMemory::make_file(const std::filesystem::path& path, const Header& header) {
    const auto name = path.string();
    const auto made = name + ".new";
    ::unlink(made.c_str()); // of a start that was cut off
    UniqueFd file(::open(made.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file) {
        throw_errno("cannot make " + made);
    }
    const auto give_up = [&](std::string_view what) {
        const int code = errno;
        ::unlink(made.c_str());
        throw SystemError(what, code);
    };
    if (!lies_in_memory(file.get())) {
        ::unlink(made.c_str());
        throw Error(name + " does not lie in memory, and verified logins must not reach a disk: "
                           "take a path on a tmpfs, as below /run");
    }
    if (::fchmod(file.get(), 0600) != 0 || !write_at(file.get(), header, 0) ||
        ::ftruncate(file.get(), static_cast<off_t>(sizeof header + header.slots * sizeof(Slot))) !=
            0) {
        give_up("cannot write " + made);
    }
    if (::rename(made.c_str(), name.c_str()) != 0) {
        give_up("cannot replace " + name);
    }
    return file;
}

LoginMemory::Place LoginMemory::place_of(std::string_view user) const {
    const auto mac = key_.mac(joined("user", {user}));
    std::array<std::uint64_t, 2> numbers{};
    std::memcpy(numbers.data(), mac.data(), sizeof numbers);
    const auto bucket = numbers[0] % buckets_;
    return {numbers[1], static_cast<off_t>(sizeof(Header) + bucket * sizeof(Bucket))};
}

LoginMemory::Bucket LoginMemory::read_bucket(const Place& place) const noexcept {
    Bucket bucket{};
    // What was never written, or cannot be read, stays empty.
    static_cast<void>(read_at(file_.get(), bucket, place.offset));
    return bucket;
}

crypto::Mac LoginMemory::mac_of(const Entry& entry, std::int64_t until_us) const {
    return key_.mac(
        joined("login", {entry.user, entry.password, entry.line, std::to_string(until_us)}));
}

bool LoginMemory::has(const Entry& entry, BootTime now) const {
    const auto place = place_of(entry.user);
    const auto bucket = read_bucket(place);
    const auto found = std::find_if(bucket.begin(), bucket.end(),
                                    [&](const auto& slot) { return slot.user == place.user; });
    const auto& slot = found != bucket.end() ? *found : bucket.front();
    const bool proven = crypto::equal(slot.mac, mac_of(entry, slot.until_us));
    return proven && now.count() < slot.until_us && slot.until_us <= (now + kept_for).count();
}

void LoginMemory::add(const Entry& entry, BootTime now) {
    const auto place = place_of(entry.user);
    const auto bucket = read_bucket(place);
    // The user's own goes first, then what is empty or none of ours, then the oldest.
    const auto latest = (now + kept_for).count();
    const auto age_of = [&](const Slot& slot) {
        const bool possible = slot.until_us > 0 && slot.until_us <= latest;
        return slot.user == place.user ? -1 : possible ? slot.until_us : 0;
    };
    const auto oldest =
        std::min_element(bucket.begin(), bucket.end(),
                         [&](const Slot& a, const Slot& b) { return age_of(a) < age_of(b); });
    const Slot slot{place.user, latest, mac_of(entry, latest)};
    const auto offset = place.offset + (oldest - bucket.begin()) * static_cast<off_t>(sizeof(Slot));
    // What could not be written is only forgotten.
    static_cast<void>(write_at(file_.get(), slot, offset));
}

} // namespace holdfast
