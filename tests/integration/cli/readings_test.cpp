// docs/examples/readings.py as docs/consumers.md says it.
#include "core/atomic_file.hpp"
#include "core/child_process.hpp"
#include "edge/uplink/packer.hpp"
#include "edge/uplink/unpack.hpp"
#include "support/appliance.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace holdfast;
using namespace holdfast::test;

TEST_CASE("the program takes a pack apart as the appliance's own reader does") {
    const Series room{"room", "house/room", "Cel", Format::senml};
    const Series lux{"lux", "lux", "lx", Format::senml};
    std::vector<uplink::Row> rows;
    for (Seq seq = 40; seq < 400; seq += seq % 7 == 0 ? 5 : 3) {
        const auto& series = seq % 2 == 0 ? room : lux;
        rows.push_back({seq, std::chrono::milliseconds(1'700'000'000'250 + 333 * (seq - 40)),
                        uplink::Row::Measured{series, static_cast<double>(seq) / 7}});
    }
    std::string packs;
    std::string expected;
    for (const auto& batch : uplink::pack(rows, {"shed", "0badcafe", 800, false})) {
        packs += batch.payload + "\n";
        const auto read_back = uplink::unpack(batch.payload).value();
        for (const auto& reading : read_back) {
            expected += fmt::format("{} {:.3f} {} {} {}/{}\n", reading.name,
                                    std::chrono::duration<double>(reading.at).count(),
                                    reading.value, reading.unit, reading.epoch, reading.seq);
        }
    }
    const TempFolder folder;
    write_file(folder / "packs", packs, FileMode::public_);
    write_file(folder / "show.py",
               "import json, sys\n"
               "from readings import readings\n"
               "for line in open(sys.argv[1]):\n"
               "    for r in readings(json.loads(line)):\n"
               "        print(r['name'], '%.3f' % r['time'], r['value'], r['unit'],\n"
               "              '/'.join(map(str, r['id'][1:])))\n",
               FileMode::public_);
    Program program("show.py", {{"/usr/bin/python3", (folder / "show.py").string(),
                                 (folder / "packs").string()},
                                folder / "output",
                                {"PYTHONPATH=" HOLDFAST_EXAMPLES, "PYTHONDONTWRITEBYTECODE=1"}});
    program.start();
    CHECK(program.exit_status(std::chrono::seconds(60)) == 0);
    CHECK(program.log() == expected);
}

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
