#pragma once

#include "core/clock.hpp"
#include "plugin/crypto.hpp"
#include "plugin/failure_table.hpp"

#include <string>
#include <string_view>

namespace holdfast {

/// The network that counts as one address: an IPv4 address, also in its IPv6 form; of an IPv6
/// address the first 64 bits, for one household has all the rest; otherwise the text itself.
std::string network_of(std::string_view address);

/// Says who may still try a password. Mosquitto waits while a password is hashed, and so do all its
/// clients; and each try is a guess.
///
/// - wrong passwords for one user from one address lock that pair: the user elsewhere is untouched
/// - wrong passwords from one address, for whichever users, lock the address out of hashing; what
///   was verified before still gets in from there, as that costs no hash, with as few guesses
/// - locks grow and are forgotten; trying while locked does not prolong them
/// - memory is fixed
class Guard {
public:
    static constexpr FailureTable::Delays pair_delays{
        3, std::chrono::seconds(1), std::chrono::minutes(5), std::chrono::minutes(15)};
    static constexpr FailureTable::Delays address_delays{
        5, std::chrono::seconds(1), std::chrono::minutes(1), std::chrono::minutes(15)};
    static constexpr std::size_t most_pairs = 4096;
    static constexpr std::size_t most_addresses = 4096;

    enum class Verdict {
        check,      ///< any password may be checked
        known_only, ///< only one that was verified before: no hashing
        refuse,
    };

    /// One login, which is judged and then reported with the same object.
    class Attempt {
    public:
        Verdict verdict() const noexcept { return verdict_; }

    private:
        friend class Guard;
        FailureTable::Key pair_ = 0;
        FailureTable::Key address_ = 0;
        Verdict verdict_ = Verdict::refuse;
    };

    Attempt judge(std::string_view user, std::string_view address, BootTime now) const;
    void failed(const Attempt& attempt, BootTime now);
    void succeeded(const Attempt& attempt) noexcept;
    /// Everybody starts anew.
    void forget_all() noexcept;

private:
    FailureTable::Key key_of(std::string_view text) const;

    crypto::MacKey secret_ = crypto::MacKey::random(); // nobody can choose whose place to take
    FailureTable pairs_{pair_delays, most_pairs};
    FailureTable addresses_{address_delays, most_addresses};
    FailureTable guesses_{pair_delays, most_pairs}; // of verified passwords, where known_only
};

} // namespace holdfast
