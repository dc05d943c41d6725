#include "core/log.hpp"
#include "edge/ports/ports.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;

TEST_CASE("all that is kept is on disk when the ports go and the last of a name stands") {
    const TempFolder folder;
    boost::asio::io_context loop;
    const Log quiet([](Log::Level, const std::string&) {});
    {
        ports::Ports ports(loop, quiet, folder.path());
        for (int i = 0; i <= 50; ++i) {
            ports.keep("total", fmt::format("{}", i));
            ports.keep(fmt::format("of-{}", i), "x");
        }
    }
    const ports::Ports again(loop, quiet, folder.path());
    CHECK(again.kept("total") == "50");
    CHECK(again.kept("of-50") == "x");
    CHECK_FALSE(again.kept("of-51"));
}
