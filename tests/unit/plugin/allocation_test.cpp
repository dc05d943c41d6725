// What happens for every message must not allocate: each allocation of this program is counted.
// Not with a sanitizer, which brings these operators itself.
#include "core/atomic_file.hpp"
#include "plugin/authority.hpp"
#include "recording_broker.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> allocations{0}; // NOLINT(*-avoid-non-const-global-variables)

} // namespace

// NOLINTBEGIN(*-no-malloc,misc-new-delete-overloads): this is what they count
void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) {
        return memory;
    }
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
// NOLINTEND(*-no-malloc,misc-new-delete-overloads)

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

std::string policy_of_many_kinds() {
    std::string text = "role dev\ntopic write dev/%u/%c/#\ntopic deny dev/+/+/secret\n"
                       "limit publish 1000000/s\nlimit payload 1MiB\nfrom 10.0.0.0/8\n"
                       "user alice\nis dev\ntopic read a-level-that-no-small-buffer-holds/+/#\n"
                       "pattern read own/%c-%u/#\npattern deny own/+/closed\n";
    for (int i = 0; i < 1000; ++i) {
        text += fmt::format("user user{}\ntopic read room/{}/#\n", i, i);
    }
    return text;
}

} // namespace

TEST_CASE("an allowed message allocates nothing") {
    const test::TempFolder folder;
    write_file(folder / "users", "", FileMode::group);
    write_file(folder / "policy", policy_of_many_kinds(), FileMode::group);
    test::RecordingBroker broker;
    Authority authority({folder / "users", folder / "policy"}, Log::silent(), broker);
    const Client alice{{"alice", "alice-1"}, "10.0.0.7"};
    using Access = Authority::Access;
    const auto ask = [&](BootTime now) {
        return authority.allows(Access::write, alice, "dev/alice/alice-1/x", now, 100) &&
               authority.allows(Access::read, alice, "a-level-that-no-small-buffer-holds/x/y",
                                now) &&
               authority.allows(Access::read, alice, "own/alice-1-alice/x", now);
    };
    REQUIRE(ask(1s)); // the first message of a user with a limit makes its place
    const auto before = allocations.load();
    bool all = true;
    for (int i = 0; i < 1000; ++i) {
        all = all && ask(2s + i * 1ms);
    }
    const auto after = allocations.load();
    CHECK(all);
    CHECK(after == before);
}

TEST_CASE("a denied decision allocates nothing either") {
    const Policy policy(parse_policy(policy_of_many_kinds(), "policy"));
    const auto before = allocations.load();
    unsigned denied = 0;
    for (int i = 0; i < 1000; ++i) {
        const ClientNames names{"alice", "c"};
        denied +=
            policy.decide(Policy::Access::write, names, "dev/alice/c/secret").allowed ? 0U : 1U;
        denied += policy.decide(Policy::Access::read, names, "nowhere/at/all").allowed ? 0U : 1U;
    }
    const auto after = allocations.load();
    CHECK(denied == 2000);
    CHECK(after == before);
}
