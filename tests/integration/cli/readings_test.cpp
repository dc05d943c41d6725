// docs/examples/readings.py as docs/consumers.md says it.
#include "core/atomic_file.hpp"
#include "core/child_process.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;

TEST_CASE("a program at the cloud prints each reading once") {
    Appliance site;
    site.start();
    const TempFolder folder;
    const auto password = folder / "password";
    write_file(password, site.password("dashboard") + "\n", FileMode::secret);
    Program program(
        "readings.py",
        {{find_program("sh").string(), "-c",
          fmt::format("exec /usr/bin/python3 {} localhost {} {} dashboard < {}",
                      HOLDFAST_EXAMPLES "/readings.py", site.app_port(),
                      (site.cloud_folder() / "certs/ca.crt").string(), password.string())},
         folder / "output"});
    program.start();
    CHECK(program.wait_for_log("greenhouse/sensors/tide "));
    CHECK(program.running());
}
