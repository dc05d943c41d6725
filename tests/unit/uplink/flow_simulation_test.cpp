// Brokers, bridge, cloud and daemon simulated, with everything that can fail, in seeded runs.
//
// A run that fails names its seed: `unit_uplink --rng-seed SEED "[random]"` begins with it.

#include "support/catch.hpp"
#include "world.hpp"

using holdfast::uplink::test::World;

namespace {

void simulate(unsigned runs, bool markers = false) {
    const auto first = static_cast<unsigned>(Catch::rngSeed());
    for (unsigned seed = first; seed < first + runs; ++seed) {
        INFO("seed " << seed);
        World world(seed, markers);
        world.run(400);
        world.heal();
        world.allow_and_drain();
    }
}

} // namespace

TEST_CASE("whatever fails nothing is history that the cloud did not get and everything gets there",
          "[random]") {
    simulate(3000);
}

TEST_CASE("markers prove nothing that the cloud did not get and everything gets there",
          "[random]") {
    simulate(1500, true);
}

// Hidden: for ./test long, which names the tag.
TEST_CASE("whatever fails the same holds in a hundred thousand runs", "[random][.]") {
    simulate(100'000);
}

TEST_CASE("markers hold the same in a hundred thousand runs", "[random][.]") {
    simulate(100'000, true);
}
