#include "cli/setup/services.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace holdfast;
using namespace holdfast::cli;

namespace fs = std::filesystem;

namespace {

/// An appliance with a bridge, and the folder where Debian's broker looks.
struct Installed {
    Installed() {
        fs::create_directories(parts());
        fs::create_directories(broker());
        write_file(parts() / "appliance.conf", "# broker\n", FileMode::public_);
        write_file(parts() / "bridge.conf", "# bridge\n", FileMode::public_);
    }

    fs::path appliance() const { return folder / "holdfast"; }
    fs::path parts() const { return appliance() / "generated/conf.d"; }
    fs::path broker() const { return folder / "mosquitto"; }
    std::size_t change() const { return link_into_broker(appliance(), broker()).size(); }

    test::TempFolder folder;
};

} // namespace

TEST_CASE("the broker of the packages reads each rendered part through a link") {
    const Installed at;
    CHECK(at.change() == 2);
    CHECK(read_file(at.broker() / "holdfast-appliance.conf") == "# broker\n");
    CHECK(read_file(at.broker() / "holdfast-bridge.conf") == "# bridge\n");
    CHECK(at.change() == 0);
}

TEST_CASE("a link to a part that is gone goes and others stay") {
    const Installed at;
    at.change();
    const auto others = at.broker() / "mine.conf";
    fs::create_symlink("/nowhere/mine.conf", others);
    fs::remove(at.parts() / "bridge.conf");
    CHECK(link_into_broker(at.appliance(), at.broker()) ==
          std::vector<fs::path>{at.broker() / "holdfast-bridge.conf"});
    CHECK_FALSE(fs::is_symlink(at.broker() / "holdfast-bridge.conf"));
    CHECK(fs::is_symlink(others));
}

TEST_CASE("a link that leads elsewhere is turned to the appliance") {
    const Installed at;
    fs::create_symlink("/old/appliance.conf", at.broker() / "holdfast-appliance.conf");
    CHECK(at.change() == 2);
    CHECK(read_file(at.broker() / "holdfast-appliance.conf") == "# broker\n");
}

TEST_CASE("a file in the place of a link is left alone and named") {
    const Installed at;
    const auto file = at.broker() / "holdfast-bridge.conf";
    write_file(file, "# somebody's\n", FileMode::public_);
    CHECK_THROWS_WITH(at.change(), ContainsSubstring(file.string() + " is in the way"));
    CHECK(read_file(file) == "# somebody's\n");
}

TEST_CASE("an appliance in a folder of its own has no services") {
    CHECK_FALSE(is_installed("/tmp/holdfast"));
}
