#include "core/atomic_file.hpp"
#include "plugin/file_watch.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>

#include <fstream>

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

class Watched {
public:
    Watched() {
        write_file(first, "one\n", FileMode::group);
        write_file(second, "two\n", FileMode::group);
        watch.mark();
    }

    bool look() {
        now += FileWatch::interval;
        return watch.changed(now);
    }

    test::TempFolder folder;
    std::filesystem::path first = folder / "first";
    std::filesystem::path second = folder / "second";
    FileWatch watch{{first, second}};
    BootTime now = 0s;
};

} // namespace

TEST_CASE("files that stay as they are give no change") {
    Watched watched;
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(watched.look());
    }
}

TEST_CASE("each kind of change is told once at the second look") {
    Watched watched;
    SECTION("replaced by one of the same size") {
        write_file(watched.second, "TWO\n", FileMode::group);
    }
    SECTION("rewritten in place") {
        std::ofstream(watched.first) << "three\n";
    }
    SECTION("removed") {
        std::filesystem::remove(watched.first);
    }
    SECTION("given another mode") {
        REQUIRE(::chmod(watched.first.c_str(), 0600) == 0);
    }
    CHECK_FALSE(watched.look());
    CHECK(watched.look());
    CHECK_FALSE(watched.look());
}

TEST_CASE("a file that is still being written is left alone") {
    Watched watched;
    std::ofstream file(watched.first);
    for (int i = 0; i < 4; ++i) {
        file << "a line" << std::flush;
        CHECK_FALSE(watched.look());
    }
    CHECK(watched.look());
}

TEST_CASE("nothing is looked at before the interval is over") {
    Watched watched;
    CHECK_FALSE(watched.look());
    std::filesystem::remove(watched.first);
    CHECK_FALSE(watched.watch.changed(watched.now + FileWatch::interval - 1us));
    CHECK_FALSE(watched.look());
    CHECK_FALSE(watched.watch.changed(watched.now + FileWatch::interval - 1us));
    CHECK(watched.look());
}

TEST_CASE("what is marked as known is no change") {
    Watched watched;
    write_file(watched.first, "three\n", FileMode::group);
    CHECK_FALSE(watched.look());
    watched.watch.mark();
    CHECK_FALSE(watched.look());
    CHECK_FALSE(watched.look());
}
