#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "plugin/login_memory.hpp"
#include "support/catch.hpp"
#include "support/memory_folder.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <random>

using namespace holdfast;
using namespace std::chrono_literals;
using holdfast::test::MemoryFolder;
using Entry = LoginMemory::Entry;

namespace {

constexpr Entry alice{"alice", "apple", "$7$1$a"};
constexpr std::string_view needs_memory = "needs a tmpfs at /dev/shm";

class Site {
public:
    LoginMemory open(std::size_t users = 10) {
        return LoginMemory::in_file(path(), users, Log([this](Log::Level, const std::string& line) {
                                        log += line + '\n';
                                    }));
    }
    std::filesystem::path path() const { return folder / "memory"; }
    /// As a restart of the broker finds it.
    bool knows(const Entry& entry, BootTime now = 1s) { return open().has(entry, now); }

    MemoryFolder folder;
    std::string log;
};

} // namespace

TEST_CASE("a login memory has what was added with all of its parts") {
    auto memory = LoginMemory::of_process(10);
    CHECK_FALSE(memory.has(alice, 1s));
    memory.add(alice, 1s);
    CHECK(memory.has(alice, 1s));
    CHECK_FALSE(memory.has({"alice", "apples", alice.line}, 1s));
    CHECK_FALSE(memory.has({"alic", "eapple", alice.line}, 1s));
    CHECK_FALSE(memory.has({"alice", "appl", "e$7$1$a"}, 1s));
    CHECK_FALSE(memory.has({"alice", "apple", "$7$1$b"}, 1s));
    CHECK_FALSE(memory.has({"bob", "apple", alice.line}, 1s));
    CHECK_FALSE(memory.has({"", "", ""}, 1s));
}

TEST_CASE("a login memory forgets after a day and does not believe the future") {
    auto memory = LoginMemory::of_process(10);
    memory.add(alice, 100h);
    CHECK(memory.has(alice, 100h));
    CHECK(memory.has(alice, 124h - 1us));
    CHECK_FALSE(memory.has(alice, 124h));
    CHECK_FALSE(memory.has(alice, 100h - 1us)); // of another boot
}

TEST_CASE("a new login of a user takes the place of the one before") {
    auto memory = LoginMemory::of_process(10);
    for (int i = 0; i < 1000; ++i) {
        const auto line = std::to_string(i);
        memory.add({"alice", "apple", line}, 1s);
        REQUIRE(memory.has({"alice", "apple", line}, 1s));
    }
    CHECK_FALSE(memory.has({"alice", "apple", "0"}, 1s));
}

TEST_CASE("a login memory holds all the users that it was made for") {
    constexpr int users = 8192; // for a power of two it has the fewest slots each
    auto memory = LoginMemory::of_process(users);
    for (int i = 0; i < users; ++i) {
        memory.add({std::to_string(i), "apple", "line"}, 1s);
    }
    int known = 0;
    for (int i = 0; i < users; ++i) {
        known += memory.has({std::to_string(i), "apple", "line"}, 1s) ? 1 : 0;
    }
    CHECK(known == users);
}

TEST_CASE("more users than a login memory has room for drop the oldest and nothing else") {
    auto memory = LoginMemory::of_process(1);
    for (int i = 0; i < 20'000; ++i) {
        const auto user = std::to_string(i);
        memory.add({user, "apple", "line"}, BootTime(i));
        REQUIRE(memory.has({user, "apple", "line"}, BootTime(i)));
    }
}

TEST_CASE("a login memory in a file outlives its process and nobody else can read it") {
    if (!MemoryFolder::available()) {
        SKIP_TEST(needs_memory);
    }
    Site site;
    site.open().add(alice, 1s);
    CHECK(site.knows(alice));
    CHECK_FALSE(site.knows({"alice", "banana", alice.line}));
    CHECK_FALSE(site.knows({"alice", "apple", "$7$1$new"}));
    CHECK(site.log.empty());
    struct stat found {};
    REQUIRE(::stat(site.path().c_str(), &found) == 0);
    CHECK((found.st_mode & 0777U) == 0600U);
    const auto text = read_file(site.path());
    CHECK(text.find("alice") == std::string::npos);
    CHECK(text.find("apple") == std::string::npos);
}

TEST_CASE("a file that is not a login memory of ours is made new") {
    if (!MemoryFolder::available()) {
        SKIP_TEST(needs_memory);
    }
    struct Row {
        std::string what;
        std::function<void(const std::filesystem::path&)> spoil;
        std::string reason;
    };
    const auto overwrite = [](std::size_t at, const std::string& bytes) {
        return [=](const std::filesystem::path& path) {
            auto text = read_file(path);
            text.replace(at, bytes.size(), bytes);
            write_file(path, text, FileMode::secret);
        };
    };
    const auto row = GENERATE_COPY(values<Row>({
        {"empty", [](const auto& path) { write_file(path, "", FileMode::secret); },
         "it is none of this version"},
        {"a text", [](const auto& path) { write_file(path, "hello", FileMode::secret); },
         "it is none of this version"},
        {"a later version", overwrite(16, "2"), "it is none of this version"},
        {"no slots", overwrite(24, std::string(8, '\0')), "it is not whole"},
        {"more slots than there can be", overwrite(24, std::string(8, '\xff')), "it is not whole"},
        {"few slots", overwrite(24, std::string("\1\0\0\0\0\0\0\0", 8)), "it is not whole"},
        {"cut", [](const auto& path) { std::filesystem::resize_file(path, 4096); },
         "it is not whole"},
        {"longer", [](const auto& path) { std::filesystem::resize_file(path, 1'000'000); },
         "it is not whole"},
        {"readable by others",
         [](const auto& path) { std::filesystem::permissions(path, std::filesystem::perms(0640)); },
         "somebody else owns it or may read it"},
        {"a file with another name too",
         [](const auto& path) { std::filesystem::create_hard_link(path, path.string() + "2"); },
         "it is no file of its own"},
        {"a link",
         [](const auto& path) {
             std::filesystem::rename(path, path.string() + "2");
             std::filesystem::create_symlink(path.string() + "2", path);
         },
         "it cannot be opened, or is a symbolic link"},
        {"a pipe",
         [](const auto& path) {
             std::filesystem::remove(path);
             REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
         },
         "it is no file of its own"},
    }));
    CAPTURE(row.what);
    Site site;
    site.open().add(alice, 1s);
    row.spoil(site.path());
    CHECK_FALSE(site.knows(alice));
    CHECK(site.log == fmt::format("login memory is made new path={} reason=\"{}\"\n",
                                  site.path().string(), row.reason));
    site.open().add(alice, 1s);
    CHECK(site.knows(alice));
}

TEST_CASE("a login memory that has become too small is made new") {
    if (!MemoryFolder::available()) {
        SKIP_TEST(needs_memory);
    }
    Site site;
    site.open(1000).add(alice, 1s);
    CHECK(site.open(1).has(alice, 1s));
    CHECK_FALSE(site.open(5000).has(alice, 1s));
    CHECK(site.log.find("there are more users than it was made for") != std::string::npos);
}

TEST_CASE("there is no login memory where it would reach a disk or cannot be") {
    if (!MemoryFolder::available()) {
        SKIP_TEST(needs_memory);
    }
    Site site;
    CHECK_THROWS_WITH(LoginMemory::in_file(site.folder / "no/memory", 1, Log::silent()),
                      "cannot make " + (site.folder / "no/memory.new").string() +
                          ": No such file or directory");
    std::filesystem::create_directory(site.path());
    CHECK_THROWS_AS(site.open(), SystemError);
    CHECK(std::filesystem::is_empty(site.path()));
    CHECK_FALSE(std::filesystem::exists(site.folder / "memory.new"));
    const std::filesystem::path proc("/proc/self/holdfast-login-memory");
    CHECK_THROWS_AS(LoginMemory::in_file(proc, 1, Log::silent()), SystemError);
    const test::TempFolder other;
    struct statfs system {};
    if (::statfs(other.path().c_str(), &system) == 0 && system.f_type != TMPFS_MAGIC) {
        CHECK_THROWS_WITH(
            LoginMemory::in_file(other / "memory", 1, Log::silent()),
            (other / "memory").string() +
                " does not lie in memory, and verified logins must not reach a disk: take a path "
                "on a tmpfs, as below /run");
        CHECK(std::filesystem::is_empty(other.path()));
    }
}

TEST_CASE("what is left of a start that was cut off does no harm") {
    if (!MemoryFolder::available()) {
        SKIP_TEST(needs_memory);
    }
    Site site;
    write_file(site.path().string() + ".new", "half", FileMode::public_);
    site.open().add(alice, 1s);
    CHECK(site.knows(alice));
    CHECK_FALSE(std::filesystem::exists(site.path().string() + ".new"));
}

TEST_CASE("a login memory that is cut short or filled up under a broker is only forgotten") {
    if (!MemoryFolder::available()) {
        SKIP_TEST(needs_memory);
    }
    Site site;
    auto memory = site.open();
    memory.add(alice, 1s);
    std::filesystem::resize_file(site.path(), 0);
    CHECK_FALSE(memory.has(alice, 1s));
    memory.add(alice, 1s);
    CHECK_FALSE(memory.has({"alice", "banana", alice.line}, 1s));
    std::filesystem::remove(site.path());
    memory.add(alice, 1s);
    CHECK_FALSE(site.knows(alice));
}

TEST_CASE("no damage to a login memory makes it know what was not added", "[random]") {
    if (!MemoryFolder::available()) {
        SKIP_TEST(needs_memory);
    }
    std::mt19937 random(Catch::rngSeed());
    Site site;
    for (int round = 0; round < 200; ++round) {
        {
            auto memory = site.open();
            memory.add(alice, 1s);
            memory.add({"bob", "banana", "$7$1$b"}, 1s);
        }
        auto text = read_file(site.path());
        const auto damages = random() % 2000;
        for (unsigned i = 0; i < damages; ++i) {
            text[random() % text.size()] = static_cast<char>(random());
        }
        // Two slots, or halves of them, in each other's place.
        for (int i = 0; i < 50; ++i) {
            const auto length = 1 + random() % 100;
            const auto from = random() % (text.size() - length);
            const auto to = random() % (text.size() - length);
            text.replace(to, length, text.substr(from, length));
        }
        write_file(site.path(), text, FileMode::secret);
        auto memory = site.open();
        CHECK_FALSE(memory.has({"alice", "banana", alice.line}, 1s));
        CHECK_FALSE(memory.has({"alice", "apple", "$7$1$new"}, 1s));
        CHECK_FALSE(memory.has({"bob", "apple", alice.line}, 1s));
        CHECK_FALSE(memory.has({"", "", ""}, 1s));
        memory.add(alice, 1s);
        CHECK(memory.has(alice, 1s));
    }
}
