#include "plugin/guard.hpp"

#include "plugin/crypto.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <cstring>

namespace holdfast {

std::string network_of(std::string_view address) {
    constexpr std::string_view mapped = "::ffff:";
    in6_addr v6{};
    in_addr v4{};
    std::string text(address);
    if (address.starts_with(mapped) &&
        ::inet_pton(AF_INET, text.c_str() + mapped.size(), &v4) == 1) {
        return text.substr(mapped.size());
    }
    if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1) {
        return text;
    }
    std::memset(v6.s6_addr + 8, 0, 8);
    std::array<char, INET6_ADDRSTRLEN> network{};
    ::inet_ntop(AF_INET6, &v6, network.data(), network.size());
    return std::string(network.data()) + "/64";
}

FailureTable::Key Guard::key_of(std::string_view text) const {
    const auto mac = secret_.mac(text);
    FailureTable::Key key = 0;
    std::memcpy(&key, mac.data(), sizeof key);
    return key != 0 ? key : 1;
}

Guard::Attempt Guard::judge(std::string_view user, std::string_view address, BootTime now) const {
    const auto network = network_of(address);
    Attempt attempt;
    attempt.pair_ = key_of(fmt::format("{}:{}{}", network.size(), network, user));
    attempt.address_ = key_of(network);
    if (pairs_.locked(attempt.pair_, now)) {
        attempt.verdict_ = Verdict::refuse;
    } else if (!addresses_.locked(attempt.address_, now)) {
        attempt.verdict_ = Verdict::check;
    } else {
        attempt.verdict_ =
            guesses_.locked(attempt.pair_, now) ? Verdict::refuse : Verdict::known_only;
    }
    return attempt;
}

void Guard::failed(const Attempt& attempt, BootTime now) {
    switch (attempt.verdict_) {
    case Verdict::check:
        pairs_.failed(attempt.pair_, now);
        addresses_.failed(attempt.address_, now);
        break;
    case Verdict::known_only:
        guesses_.failed(attempt.pair_, now);
        break;
    case Verdict::refuse:
        break;
    }
}

void Guard::succeeded(const Attempt& attempt) noexcept {
    pairs_.forget(attempt.pair_);
    guesses_.forget(attempt.pair_);
}

void Guard::forget_all() noexcept {
    pairs_.forget_all();
    addresses_.forget_all();
    guesses_.forget_all();
}

} // namespace holdfast
