#pragma once

#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/unique_fd.hpp"
#include "plugin/crypto.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace holdfast {

/// Which passwords were verified, so that they need no slow hash again: HMACs under a random key.
///
/// - in a file of the process, which ends with it, or in one that outlives it, so that a restarted
///   broker knows its users; key and HMACs lie in memory only, never on a disk
/// - an entry proves itself: its HMAC is of user, password, the user's line and the time it ends.
///   What is damaged, made up, or of another line of the users file is simply not there
/// - one entry a user, for a day; of a fixed size, made for four times as many users as there are.
///   Beyond that the oldest goes
/// - read and written, never mapped: a file that is cut short is a miss and not a SIGBUS
class LoginMemory {
public:
    static constexpr BootTime kept_for = std::chrono::hours(24);

    /// What is remembered. `line` is what the users file has of the password.
    struct Entry {
        std::string_view user;
        std::string_view password;
        std::string_view line;
    };

    /// Of this process alone.
    static LoginMemory of_process(std::size_t users);
    /// The file at `path`, or a new one where that is not ours, not whole or too small, which the
    /// log tells. Throws Error where there can be none: the folder is missing or not in memory
    /// (tmpfs or ramfs). No symbolic link is followed; the file is readable by its owner only.
    static LoginMemory in_file(const std::filesystem::path& path, std::size_t users,
                               const Log& log);

    /// Takes about as long for a yes as for a no.
    bool has(const Entry& entry, BootTime now) const;
    /// Where there is no room left for it in memory it is not remembered.
    void add(const Entry& entry, BootTime now);

private:
    using Key = std::array<unsigned char, 32>;

    struct Header {
        std::array<char, 24> mark;
        std::uint64_t slots;
        Key key;
    };
    /// As it lies in the file.
    struct Slot {
        std::uint64_t user;
        std::int64_t until_us;
        crypto::Mac mac;
    };
    /// Where a user's entry may lie.
    struct Place {
        std::uint64_t user; ///< the mark of the user's slot
        off_t offset;
    };
    static constexpr std::size_t ways = 32;
    using Bucket = std::array<Slot, ways>;

    LoginMemory(UniqueFd file, const Header& header);
    static Header new_header(std::size_t users);
    static UniqueFd make_file(const std::filesystem::path& path, const Header& header);
    static std::string_view fault_of(int file, std::size_t users, Header& header);

    Place place_of(std::string_view user) const;
    Bucket read_bucket(const Place& place) const noexcept;
    crypto::Mac mac_of(const Entry& entry, std::int64_t until_us) const;

    UniqueFd file_;
    crypto::MacKey key_;
    std::uint64_t buckets_;
};

} // namespace holdfast
