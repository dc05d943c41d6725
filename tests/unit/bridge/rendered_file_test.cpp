#include "bridge/rendered_file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace holdfast;
using namespace holdfast::bridge;

TEST_CASE("only files that differ or are missing have changed") {
    const test::TempFolder folder;
    std::vector<RenderedFile> files{{folder / "a/one", "1\n", FileMode::public_},
                                    {folder / "two", "2\n", FileMode::group}};
    CHECK(changed(files).size() == 2);
    write(files);
    CHECK(read_file(folder / "a/one") == "1\n");
    CHECK(changed(files).empty());
    files[1].content = "3\n";
    const auto different = changed(files);
    REQUIRE(different.size() == 1);
    CHECK(different[0].path == folder / "two");
}
