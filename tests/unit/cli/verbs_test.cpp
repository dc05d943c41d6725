#include "certs/check.hpp"
#include "cli/options.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "edge/spool/spool.hpp"
#include "plugin/password_hash.hpp"
#include "plugin/users.hpp"
#include "support/captured_output.hpp"
#include "support/catch.hpp"
#include "support/standard_input.hpp"
#include "support/temp_folder.hpp"

#include <unistd.h>

using namespace holdfast;
using namespace holdfast::cli;
using holdfast::test::StandardInput;

namespace po = boost::program_options;

TEST_CASE("every verb refuses words and options that it does not know") {
    for (const auto run : {run_demo, run_init, run_render}) {
        CHECK_THROWS_AS(run({"--no-such-option"}), po::error);
        CHECK_THROWS_AS(run({"word"}), po::error);
    }
}

TEST_CASE("help shows words as words and options as options") {
    const auto help = [](int (*run)(const Arguments&), const Arguments& words) {
        return test::output_of([&] { CHECK(run(words) == exit_fine); });
    };
    const auto user = help(run_user, {"--help"});
    CHECK_THAT(user, ContainsSubstring("\n  holdfast user ACTION NAME [OPTIONS]\n") &&
                         ContainsSubstring("\n  ACTION     add, passwd, remove") &&
                         ContainsSubstring("\n  NAME       the user\n") &&
                         ContainsSubstring("\n  --users arg"));
    CHECK(user.find("--action") == std::string::npos);
    CHECK(user.find("--name") == std::string::npos);
    CHECK_THAT(help(run_cert, {"import", "--help"}),
               ContainsSubstring("\n  holdfast cert import FILE... [OPTIONS]\n"));
    CHECK_THAT(help(run_policy, {"--help"}),
               ContainsSubstring("\n  holdfast policy ACTION... [OPTIONS]\n"));
    const auto render = help(run_render, {"--help"}); // takes no words
    CHECK(render.find("Words:") == std::string::npos);
    CHECK(render.find("[OPTIONS]") == std::string::npos);
}

TEST_CASE("where there is no appliance it is said what makes one") {
    const test::TempFolder folder;
    const auto none = (folder / "none").string();
    const auto words = ContainsSubstring("there is no such file; 'holdfast init --site NAME'");
    CHECK_THROWS_WITH(run_user({"list", "--dir", none}), words);
    CHECK_THROWS_WITH(run_user({"add", "x", "--dir", none}), words);
    CHECK_THROWS_WITH(run_policy({"check", "--dir", none}), words);
    CHECK_THROWS_WITH(run_policy({"explain", "x", "read", "a", "--dir", none}), words);
    CHECK_THROWS_WITH(run_render({"--dir", none}), words);
    CHECK_THROWS_WITH(run_status({"--dir", none}), words);
    CHECK_FALSE(std::filesystem::exists(none));
}

TEST_CASE("history says which words it takes and that there is no spool yet") {
    const test::TempFolder folder;
    const auto dir = folder.path().string();
    write_file(folder / "holdfast.conf", "[site]\nname = shed\n[spool]\npath = spool.db\n",
               FileMode::public_);
    CHECK_THROWS_WITH(run_history({"room", "--dir", dir}), ContainsSubstring("there is no spool"));
    { const spool::Spool made(folder / "spool.db", {"boot"}, Log::silent()); }
    CHECK(run_history({"--dir", dir}) == 0);
    CHECK_THROWS_WITH(run_history({"room", "--dir", dir}),
                      ContainsSubstring("no series 'room'; 'holdfast history' lists"));
    CHECK_THROWS_AS(run_history({"room", "--dir", dir, "--format", "xml"}), UsageError);
    CHECK_THROWS_AS(run_history({"room", "--dir", dir, "--since", "soon"}), UsageError);
    CHECK_THROWS_AS(run_history({"room", "--dir", dir, "--points", "0"}), UsageError);
    CHECK_THROWS_AS(run_history({"room", "another", "--dir", dir}), po::error);
}

TEST_CASE("an outage has a length that makes sense") {
    for (const auto* length : {"0", "4", "86401", "1ms", "25h"}) {
        CHECK_THROWS_AS(run_demo({"--outage", length}), UsageError);
    }
}

TEST_CASE("render says which configuration is missing") {
    const test::TempFolder folder;
    CHECK_THROWS_WITH(run_render({"--dir", folder.path().string()}),
                      ContainsSubstring((folder / "holdfast.conf").string()));
}

TEST_CASE("users are removed and listed and a wrong word changes nothing") {
    const test::TempFolder folder;
    const auto dir = folder.path().string();
    Users users;
    users.set("esp32", PasswordHash::make("secret", 1));
    write_file(folder / "users", users.str(), FileMode::group);

    CHECK(run_user({"list", "--dir", dir}) == 0);
    CHECK_THROWS_AS(run_user({"--dir", dir}), UsageError);
    CHECK_THROWS_AS(run_user({"remove", "--dir", dir}), UsageError);
    CHECK_THROWS_AS(run_user({"list", "esp32", "--dir", dir}), UsageError);
    CHECK_THROWS_AS(run_user({"forbid", "esp32", "--dir", dir}), UsageError);
    for (const auto* action : {"remove", "passwd", "disable", "enable"}) {
        CHECK_THROWS_WITH(run_user({action, "nobody", "--dir", dir}),
                          ContainsSubstring("there is no user 'nobody'"));
    }
    CHECK_THROWS_WITH(run_user({"add", "esp32", "--dir", dir}),
                      ContainsSubstring("'holdfast user passwd esp32'"));
    CHECK(read_file(folder / "users") == users.str());
    CHECK(run_user({"remove", "esp32", "--users", (folder / "users").string()}) == 0);
    CHECK(read_file(folder / "users").empty());
}

TEST_CASE("a password is a line of standard input and a hash in the file") {
    const test::TempFolder folder;
    const auto dir = folder.path().string();
    write_file(folder / "users", "", FileMode::group);
    const auto matches = [&](const std::string& password) {
        const auto users = Users::parse(read_file(folder / "users"), "users");
        return users.find("esp32") != nullptr && users.find("esp32")->matches(password);
    };
    {
        const StandardInput input(folder / "input", "first\nsecond\n");
        CHECK(run_user({"add", "esp32", "--dir", dir}) == 0);
        CHECK(matches("first"));
        CHECK(run_user({"passwd", "esp32", "--dir", dir}) == 0);
        CHECK(matches("second"));
        CHECK_THROWS_WITH(run_user({"passwd", "esp32", "--dir", dir}),
                          ContainsSubstring("the password is empty"));
        CHECK(matches("second"));
    }
    CHECK(read_file(folder / "users").starts_with("esp32:$7$210000$"));
}

TEST_CASE("the daemon's own user is not shut out by mistake") {
    const test::TempFolder folder;
    const auto dir = folder.path().string();
    const auto before = "holdfast-edge:" + PasswordHash::make("pear", 1).str() + "\n";
    write_file(folder / "users", before, FileMode::group);
    write_file(folder / "edge.password", "pear\n", FileMode::secret);
    for (const auto* const action : {"remove", "disable"}) {
        CHECK_THROWS_WITH(run_user({action, "holdfast-edge", "--dir", dir}),
                          ContainsSubstring("'holdfast user passwd holdfast-edge'"));
    }
    CHECK(read_file(folder / "users") == before);
    const StandardInput input(folder / "input", "apple\n");
    const auto text = test::output_of([&] {
        CHECK(run_user({"passwd", "holdfast-edge", "--dir", dir}) == exit_fine);
    });
    CHECK_THAT(text, ContainsSubstring("edge.password: write the same password there"));
    std::filesystem::remove(folder /
                            "edge.password"); // where there is no daemon it is a name like others
    CHECK(run_user({"remove", "holdfast-edge", "--dir", dir}) == exit_fine);
}

TEST_CASE("a line that keeps the users file from being read is mended as its error says") {
    const test::TempFolder folder;
    const auto file = (folder / "users").string();
    const auto carol = "carol:" + PasswordHash::make("pear", 1).str() + "\n";
    write_file(file, "# by hand\nalice:plain\n" + carol + "bob:\ndave:$9$x", FileMode::group);
    const StandardInput input(folder / "input", "apple\nbanana\n");
    CHECK_THROWS_WITH(run_user({"passwd", "carol", "--users", file}),
                      ContainsSubstring("users:2: 'alice' has a plaintext password; run holdfast "
                                        "user passwd alice"));
    CHECK_THROWS_WITH(
        run_user({"passwd", "alice", "--users", file}),
        ContainsSubstring("users:4: 'bob' has no password; run holdfast user passwd"));
    CHECK_THROWS_WITH(run_user({"disable", "bob", "--users", file}), ContainsSubstring("users:4:"));
    CHECK_THROWS_WITH(run_user({"passwd", "bob", "--users", file}),
                      ContainsSubstring("users:5: 'dave' has an unreadable password hash"));
    CHECK(run_user({"remove", "dave", "--users", file}) == exit_fine);
    const auto text = read_file(file);
    CHECK(text.starts_with("# by hand\nalice:$7$210000$"));
    CHECK_THAT(text, ContainsSubstring('\n' + carol + "bob:$7$"));
    const auto users = Users::parse(text, file);
    CHECK(users.find("alice")->matches("apple"));
    CHECK(users.find("bob")->matches("banana"));
    CHECK(users.all().size() == 3);
}

TEST_CASE("a user who is disabled keeps the password until enabled") {
    const test::TempFolder folder;
    const auto dir = folder.path().string();
    Users users;
    users.set("esp32", PasswordHash::make("secret", 1));
    write_file(folder / "users", users.str(), FileMode::group);
    const auto now = [&] { return Users::parse(read_file(folder / "users"), "users"); };

    CHECK(run_user({"disable", "esp32", "--dir", dir}) == 0);
    CHECK(now().is_disabled("esp32"));
    CHECK(run_user({"disable", "esp32", "--dir", dir}) == 0);
    CHECK_THROWS_WITH(run_user({"add", "esp32", "--dir", dir}),
                      ContainsSubstring("there is a user 'esp32' already"));
    CHECK(run_user({"list", "--dir", dir}) == 0);
    CHECK(run_user({"enable", "esp32", "--dir", dir}) == 0);
    CHECK(now() == users);
}

TEST_CASE("the policy is checked and explained with exit codes that say the answer") {
    const test::TempFolder folder;
    const auto dir = folder.path().string();
    Users users;
    users.set("alice", PasswordHash::make("secret", 1));
    users.set("bob", PasswordHash::make("secret", 1));
    users.disable("bob");
    write_file(folder / "users", users.str(), FileMode::group);
    write_file(folder / "policy", "user alice\ntopic read a/#\nuser bob\ntopic a\n",
               FileMode::group);
    const auto policy = [&](Arguments words) {
        words.insert(words.end(), {"--dir", dir});
        return run_policy(words);
    };
    CHECK(policy({"check"}) == exit_fine);
    CHECK(policy({"explain", "alice", "read", "a/b"}) == exit_fine);
    CHECK(policy({"explain", "alice", "write", "a/b"}) == exit_no);
    CHECK(policy({"explain", "alice", "subscribe", "#"}) == exit_fine);
    CHECK(policy({"explain", "bob", "read", "a"}) == exit_no);
    CHECK(policy({"explain", "carol", "read", "a"}) == exit_no);
    CHECK(policy({"explain", "--anonymous", "read", "a"}) == exit_no);
    CHECK(policy({"list", "alice"}) == exit_fine);
    CHECK(policy({"list", "--anonymous"}) == exit_no);
    CHECK_THROWS_AS(policy({}), UsageError);
    CHECK_THROWS_AS(policy({"explain"}), UsageError);
    CHECK_THROWS_AS(policy({"explain", "alice", "reed", "a"}), UsageError);
    CHECK_THROWS_AS(policy({"explain", "alice", "read", "a/#"}), UsageError);
    CHECK_THROWS_AS(policy({"check", "alice"}), UsageError);

    write_file(folder / "policy", "user alice\ntopic read #\n", FileMode::group);
    CHECK(policy({"check"}) == exit_no);
    write_file(folder / "policy", "user alice\ntopic reed #\n", FileMode::group);
    CHECK(policy({"check"}) == exit_no);
    CHECK_THROWS_WITH(policy({"explain", "alice", "read", "a"}), ContainsSubstring("policy:2: "));
}

TEST_CASE("an import replaces nothing unless it is told to") {
    const test::TempFolder folder;
    const auto source = (folder / "dynsec.json").string();
    write_file(source, R"({"clients":[{"username":"bob"}]})", FileMode::group);
    const Arguments words{"import-dynsec", source, "--dir", folder.path().string()};
    CHECK(run_policy(words) == exit_fine);
    CHECK_THROWS_WITH(run_policy(words), ContainsSubstring("--force replaces it"));
    auto forced = words;
    forced.emplace_back("--force");
    CHECK(run_policy(forced) == exit_fine);
    CHECK(read_file(folder / "policy").ends_with("user bob\n"));
}

TEST_CASE("drivers are shown and an unknown one is refused with the nearest") {
    const test::TempFolder folder;
    const auto nowhere = folder.path().string();
    CHECK(run_sensors({}) == 0);
    CHECK(run_sensors({"iio"}) == 0);
    CHECK_THROWS_WITH(run_sensors({"seriel"}), ContainsSubstring("did you mean 'serial'?"));
    CHECK(run_sensors({"scan", "--sysfs", nowhere, "--dev", nowhere}) == exit_no);
    write_file(folder / "ttyUSB0", "", FileMode::secret);
    CHECK(run_sensors({"scan", "--sysfs", nowhere, "--dev", nowhere}) == exit_fine);
}

TEST_CASE("an authority is made once and issues what is asked for") {
    const test::TempFolder folder;
    const auto dir = folder.path().string();
    CHECK(run_cert({"init", "--dir", dir}) == 0);
    CHECK_THROWS_WITH(run_cert({"init", "--dir", dir}), ContainsSubstring("--force"));
    CHECK(run_cert({"issue", "server", "--dir", dir, "--hostname", "b.example"}) == 0);
    CHECK(run_cert({"issue", "phone", "--dir", dir}) == 0);
    const auto now = std::chrono::system_clock::now();
    const auto certs = folder / "certs";
    CHECK(certs::check_pair(certs / "phone.crt", certs / "phone.key").empty());
    CHECK(certs::check_chain(certs / "server.crt", certs / "ca.crt", certs::Purpose::server,
                             "b.example", now)
              .empty());
    CHECK(certs::check_chain(certs / "phone.crt", certs / "ca.crt", certs::Purpose::client,
                             std::nullopt, now)
              .empty());
    CHECK_THROWS_AS(run_cert({"issue", "--dir", dir}), UsageError);
    CHECK_THROWS_AS(run_cert({"revoke", "--dir", dir}), UsageError);
}
