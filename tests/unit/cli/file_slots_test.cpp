// Two files that change together, with the power cut at every step.
#include "cli/cert/file_slots.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <future>
#include <optional>

using namespace holdfast;
using namespace holdfast::cli;

namespace fs = std::filesystem;

namespace {

/// Steps until this process dies without a word; none set: never.
std::optional<int> steps_left;

void take_step() {
    if (steps_left && (*steps_left)-- == 0) {
        ::_exit(9);
    }
}

} // namespace

// In place of the C library's, for what this program's libraries call.
// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's are reserved
extern "C" int fsync(int fd) {
    take_step();
    return static_cast<int>(::syscall(SYS_fsync, fd));
}

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's are reserved
extern "C" int rename(const char* from, const char* to) noexcept {
    take_step();
    return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}

namespace {

struct Place {
    test::TempFolder folder;
    fs::path certificate = folder / "bridge.crt";
    fs::path key = folder / "bridge.key";

    Place() {
        write_file(certificate, "old", FileMode::public_);
        write_file(key, "old", FileMode::secret);
    }
    FileSlots slots(FileSlots::Busy busy = FileSlots::Busy::refuse) const {
        return {folder / "bridge.slots", {key, certificate}, busy};
    }
    std::string seen() const { return read_file(certificate) + " " + read_file(key); }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()));
    }
};

constexpr auto everything = [](FileSlots& slots, const Place& at, bool good) {
    slots.try_out({{at.certificate, "new"}, {at.key, "new"}});
    good ? slots.keep() : slots.go_back();
};

/// A process that does all of it and dies at that step; answers whether it came so far.
bool dies_at(int step, const Place& at, bool good) {
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto slots = at.slots();
        steps_left = step;
        everything(slots, at, good);
        ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status) == 9;
}

} // namespace

TEST_CASE("files that are tried count together and keep their rights") {
    const Place at;
    auto slots = at.slots();
    slots.try_out({{at.certificate, "new"}, {at.key, "new"}});
    CHECK(at.seen() == "new new");
    CHECK(fs::status(at.key).permissions() == static_cast<fs::perms>(0600));
    slots.go_back();
    CHECK(at.seen() == "old old");
    slots.try_out({{at.certificate, "new"}});
    CHECK(at.seen() == "new old");
    slots.keep();
    CHECK(at.seen() == "new old");
    CHECK(fs::symlink_status(at.certificate).type() == fs::file_type::regular);
    CHECK(fs::symlink_status(at.key).type() == fs::file_type::regular);
    CHECK(fs::status(at.certificate).permissions() == static_cast<fs::perms>(0644));
    CHECK(fs::status(at.key).permissions() == static_cast<fs::perms>(0600));
    CHECK(at.files() == 2);
}

TEST_CASE("a crash at any step of a trial leaves files that belong together") {
    for (const bool good : {true, false}) {
        int step = 0;
        for (bool died = true; died; ++step) {
            const Place at;
            died = dies_at(step, at, good);
            CAPTURE(good, step);
            const auto seen = at.seen();
            CHECK((seen == "old old" || seen == "new new"));
            CHECK(fs::status(at.key).permissions() == static_cast<fs::perms>(0600));
            at.slots().recover();
            const auto after = at.seen();
            CHECK((after == "old old" || (good && after == "new new")));
            CHECK((!died || seen == after || after == "old old"));
            CHECK(fs::symlink_status(at.key).type() == fs::file_type::regular);
            CHECK(fs::symlink_status(at.certificate).type() == fs::file_type::regular);
            CHECK(at.files() == 2);
        }
        CHECK(step > 20); // it had so many to die at
    }
}

TEST_CASE("a trial that was cut off before it was decided goes back") {
    const Place at;
    at.slots().try_out({{at.certificate, "new"}, {at.key, "new"}});
    CHECK(at.seen() == "new new");
    CHECK(at.slots().recover());
    CHECK(at.seen() == "old old");
    CHECK_FALSE(at.slots().recover());
}

TEST_CASE("files that cannot be tried stay as they are") {
    const Place at;
    fs::remove(at.key);
    auto slots = at.slots();
    CHECK_THROWS_WITH(slots.try_out({{at.certificate, "new"}}), ContainsSubstring("bridge.key"));
    CHECK(read_file(at.certificate) == "old");
    CHECK(at.files() == 1);
}

TEST_CASE("what is to be read after a trial that was cut off are the old files") {
    const Place at;
    CHECK(at.slots().decided(at.key) == at.key);
    at.slots().try_out({{at.certificate, "new"}, {at.key, "new"}});
    CHECK(at.seen() == "new new");
    CHECK(read_file(at.slots().decided(at.key)) == "old");
    CHECK(read_file(at.slots().decided(at.certificate)) == "old");
    CHECK(at.seen() == "new new"); // nothing is changed by reading
    const auto other = at.folder / "other";
    write_file(other, "other", FileMode::public_);
    CHECK(at.slots().decided(other) == other);
}

TEST_CASE("a file that is somebody else's link is not tried and stays") {
    const Place at;
    const auto vault = at.folder / "vault.crt";
    fs::rename(at.certificate, vault);
    fs::create_symlink(vault, at.certificate);
    CHECK_THROWS_WITH(at.slots().try_out({{at.certificate, "new"}}),
                      ContainsSubstring("is a link to " + vault.string()) &&
                          ContainsSubstring("name the file itself in [cloud]"));
    CHECK(fs::read_symlink(at.certificate) == vault);
    CHECK(at.seen() == "old old");
    CHECK_FALSE(at.slots().recover());
    CHECK(at.slots().decided(at.certificate) == at.certificate);
}

TEST_CASE("who reads the files waits until a trial is decided") {
    const Place at;
    std::optional<FileSlots> trial(at.slots());
    trial->try_out({{at.certificate, "new"}, {at.key, "new"}});
    auto seen = std::async(std::launch::async, [&] {
        const auto slots = at.slots(FileSlots::Busy::wait);
        return read_file(slots.decided(at.certificate)) + read_file(slots.decided(at.key));
    });
    CHECK(seen.wait_for(std::chrono::milliseconds(200)) == std::future_status::timeout);
    trial->keep();
    trial.reset();
    CHECK(seen.get() == "newnew");
}

TEST_CASE("two trials at once are refused") {
    const Place at;
    const auto first = at.slots();
    CHECK_THROWS_WITH(at.slots(), ContainsSubstring("wait for it"));
}
