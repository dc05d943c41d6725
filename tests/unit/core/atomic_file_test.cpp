#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <sys/stat.h>

using namespace holdfast;

TEST_CASE("a written file has its content and mode and leaves no temporary behind") {
    const test::TempFolder folder;
    write_file(folder / "key", "old", FileMode::public_);
    write_file(folder / "key", "new", FileMode::secret);
    CHECK(read_file(folder / "key") == "new");
    struct stat status {};
    REQUIRE(::stat((folder / "key").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600);
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a file that cannot be written is an error that names the path") {
    const test::TempFolder folder;
    CHECK_THROWS_WITH(write_file(folder / "missing/key", "x", FileMode::secret),
                      ContainsSubstring("missing/key") && ContainsSubstring("No such file"));
    CHECK_THROWS_WITH(read_file(folder / "nothing"), ContainsSubstring("nothing: No such file"));
}

TEST_CASE("a failed replacement keeps the old content") {
    // A directory in the target's place makes the last step, the rename, fail.
    const test::TempFolder folder;
    std::filesystem::create_directory(folder / "target");
    write_file(folder / "target/inside", "kept", FileMode::public_);
    CHECK_THROWS_AS(write_file(folder / "target", "x", FileMode::public_), SystemError);
    CHECK(read_file(folder / "target/inside") == "kept");
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}
