#include "plugin/crypto.hpp"
#include "support/catch.hpp"

#include <array>
#include <string>

using namespace holdfast;

namespace {

std::string hex(const crypto::Mac& mac) {
    std::string text;
    for (const auto byte : mac) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

} // namespace

// RFC 4231 §4.2 and §4.3
TEST_CASE("an HMAC under a prepared key is that of the RFC however often it is asked for") {
    std::array<unsigned char, 20> first{};
    first.fill(0x0b);
    const crypto::MacKey key(first);
    const std::array<unsigned char, 4> second{'J', 'e', 'f', 'e'};
    const crypto::MacKey other(second);
    for (int i = 0; i < 3; ++i) {
        CHECK(hex(key.mac("Hi There")) ==
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        CHECK(hex(other.mac("what do ya want for nothing?")) ==
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}

TEST_CASE("random keys differ") {
    CHECK(crypto::MacKey::random().mac("x") != crypto::MacKey::random().mac("x"));
}
