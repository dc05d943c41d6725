#include "certs/check.hpp"
#include "cli/options.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "edge/spool/spool.hpp"
#include "plugin/password_hash.hpp"
#include "plugin/users.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace holdfast;
using namespace holdfast::cli;

namespace po = boost::program_options;

TEST_CASE("every verb refuses words and options that it does not know") {
    for (const auto run : {run_demo, run_init, run_render}) {
        CHECK_THROWS_AS(run({"--no-such-option"}), po::error);
        CHECK_THROWS_AS(run({"word"}), po::error);
    }
}

TEST_CASE("history says which words it takes and that there is no spool yet") {
    const test::TempFolder folder;
    const auto dir = folder.path().string();
    write_file(folder / "holdfast.conf", "[site]\nname = shed\n[spool]\npath = spool.db\n",
               FileMode::public_);
    CHECK_THROWS_WITH(run_history({"room", "--dir", dir}), ContainsSubstring("there is no spool"));
    {
        const spool::Spool made(folder / "spool.db", {"boot"},
                                Log([](Log::Level, const std::string&) {}));
    }
    CHECK(run_history({"--dir", dir}) == 0);
    CHECK_THROWS_WITH(run_history({"room", "--dir", dir}), ContainsSubstring("no series 'room'"));
    CHECK_THROWS_AS(run_history({"room", "--dir", dir, "--format", "xml"}), UsageError);
    CHECK_THROWS_AS(run_history({"room", "--dir", dir, "--since", "soon"}), UsageError);
    CHECK_THROWS_AS(run_history({"room", "--dir", dir, "--points", "0"}), UsageError);
    CHECK_THROWS_AS(run_history({"room", "another", "--dir", dir}), po::error);
}

TEST_CASE("a required option that is missing is named") {
    CHECK_THROWS_WITH(run_init({}), ContainsSubstring("--site"));
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
    CHECK_THROWS_WITH(run_user({"remove", "nobody", "--dir", dir}),
                      ContainsSubstring("there is no user 'nobody'"));
    CHECK_THROWS_WITH(run_user({"add", "esp32", "--dir", dir}),
                      ContainsSubstring("'holdfast user passwd esp32'"));
    CHECK(read_file(folder / "users") == users.str());
    CHECK(run_user({"remove", "esp32", "--dir", dir}) == 0);
    CHECK(read_file(folder / "users").empty());
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
