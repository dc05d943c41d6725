#include "config/settings.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"

using namespace holdfast;
using namespace holdfast::config;
using namespace std::chrono_literals;

TEST_CASE("a short file is enough and the rest has defaults") {
    const auto settings = parse_settings("[site]\nname = shed\n", "/etc/holdfast/holdfast.conf");
    CHECK(settings.site.name == "shed");
    CHECK_FALSE(settings.cloud);
    CHECK(settings.broker.port == 8883);
    CHECK(settings.spool.path == "/var/lib/holdfast/spool.db");
    CHECK(settings.spool.lose_at_most == 1s);
}

TEST_CASE("every section is read") {
    const auto settings = parse_settings("[site]\n"
                                         "name = shed\n"
                                         "[broker]\n"
                                         "listen = 127.0.0.1:1884\n"
                                         "[cloud]\n"
                                         "address = cloud.example\n"
                                         "port = 8884\n"
                                         "[spool]\n"
                                         "path = state/spool.db\n"
                                         "lose_at_most = 0\n"
                                         "max_size = 64MiB\n"
                                         "when_full = drop-oldest\n"
                                         "[uplink]\n"
                                         "order = fifo\n"
                                         "format = scalar\n"
                                         "[sensor room]\n"
                                         "driver = file\n"
                                         "path = /sys/x\n"
                                         "scale = 0.001\n"
                                         "unit = Cel\n"
                                         "up = no\n"
                                         "[device esp32]\n"
                                         "topic = devices/+/data\n",
                                         "/etc/holdfast/holdfast.conf");
    CHECK(settings.broker.address == "127.0.0.1");
    CHECK(settings.broker.port == 1884);
    REQUIRE(settings.cloud);
    CHECK(settings.cloud->client_id == "holdfast-shed");
    CHECK(settings.cloud->certificate == "/etc/holdfast/certs/bridge.crt");
    CHECK(settings.spool.path == "/etc/holdfast/state/spool.db");
    CHECK(settings.spool.lose_at_most == 0ms);
    CHECK(settings.spool.max_size_bytes == 64 << 20U);
    CHECK(settings.spool.when_full == WhenFull::drop_oldest);
    CHECK(settings.uplink.order == Order::fifo);
    REQUIRE(settings.sensors.size() == 1);
    const auto& room = settings.sensors[0];
    CHECK(room.topic.str() == "sensors/room");
    CHECK(room.format == Format::scalar);
    CHECK_FALSE(room.up);
    REQUIRE(room.driver_keys.entries.size() == 1);
    CHECK(room.driver_keys.entries[0].key == "path");
    REQUIRE(settings.devices.size() == 1);
    CHECK(settings.devices[0].qos == 1);
}

TEST_CASE("the environment overrides the file and is named in messages") {
    const std::string text = "[site]\nname = shed\n[spool]\npath = a.db\n";
    const auto settings = parse_settings(
        text, "c", {{"HOLDFAST_SPOOL_PATH", "/b.db"}, {"HOLDFAST_BROKER_LISTEN", "1999"}});
    CHECK(settings.spool.path == "/b.db");
    CHECK(settings.broker.port == 1999);
    CHECK_THROWS_WITH(parse_settings(text, "c", {{"HOLDFAST_SPOOL_PAHT", "x"}}),
                      ContainsSubstring("environment variable HOLDFAST_SPOOL_PAHT: unknown key "
                                        "'paht' in [spool]; did you mean 'path'?"));
}

TEST_CASE("a bad file is refused with its line and what to do") {
    struct Row {
        std::string text;
        std::string message;
    };
    const std::string site = "[site]\nname = shed\n";
    const auto row = GENERATE_COPY(values<Row>({
        {"  \n", "c: the file is empty; 'holdfast init' writes a new one"},
        {"[spool]\n", "c: [site] needs 'name = …'"},
        {"[site]\nname = a/b\n", "c:2: name: a site name is 1 to 64 letters"},
        {site + "[spol]\n", "c:3: unknown section [spol]; did you mean [spool]?"},
        {site + "[output led]\n", "c:3: unknown section [output]; there are: site"},
        {site + "[sensor]\n", "c:3: [sensor] needs a name"},
        {site + "[spool main]\n", "c:3: [spool] takes no name"},
        {site + "[spool]\nlose_at_mots = 1s\n",
         "c:4: unknown key 'lose_at_mots' in [spool]; did you mean 'lose_at_most'?"},
        {site + "[spool]\nlose_at_most = 5\n", "c:4: lose_at_most: \"5\" is no duration"},
        {site + "[spool]\nmax_size = 1MiB\n", "c:4: max_size: the least is 8MiB"},
        {site + "[spool]\nwhen_full = panic\n", "c:4: when_full"},
        {site + "[spool]\nlose_at_most = 2min\n", "c:4: lose_at_most: the longest is 60s"},
        {site + "[broker]\nlisten = 70000\n", "c:4: listen: \"70000\" is no whole number"},
        {site + "[broker]\nsave_every = 10ms\n", "c:4: save_every: the shortest is 1s"},
        {site + "[cloud]\nport = 1\n", "c:3: [cloud] needs 'address = …'"},
        {site + "[cloud]\nkind = azure\naddress = x\n", "c:4: kind: \"azure\" is not one of"},
        {site + "[uplink]\nmax_batch = 10B\n", "c:4: max_batch: it must lie between"},
        {site + "[sensor x]\n", "c:3: [sensor x] needs 'driver = …'"},
        {site + "[sensor x]\ndriver = file\ntopic = holdfast/x\n",
         "c:5: topic: \"holdfast/x\" starts with 'holdfast', which Holdfast uses itself"},
        {site + "[sensor x]\ndriver = file\ntopic = a/+\n", "c:5: topic: \"a/+\" is no topic name"},
        {site + "[sensor x&y]\ndriver = file\n", "c:3: topic: with format = senml"},
        {site + "[sensor x]\ndriver = file\nmin = 2\nmax = 1\n",
         "c:5: min: it is greater than max"},
        {site + "[sensor x]\ndriver = file\nevery = 1ms\n", "c:5: every: the shortest is 10ms"},
        {site + "[device x]\ntopic = a\nqos = 2\n", "c:5: qos: \"2\" is no whole number from 0"},
        {site + "[device x]\ntopic = a b/#\n", "c:4: topic: \"a b/#\" holds a blank"},
        {site + "[device x]\ntopic = #\n", "c:4: topic: \"#\" starts with a wildcard"},
        {site + "[device x]\ntopic = $SYS/#\n", "c:4: topic: \"$SYS/#\" starts with '$'"},
        {site + "[sensor x]\ndriver = file\n[device y]\ntopic = sensors/#\n",
         "c:5: 'sensors/#' would capture [sensor x] on 'sensors/x' a second time"},
    }));
    CHECK_THROWS_WITH(parse_settings(row.text, "c"), ContainsSubstring(row.message));
}

TEST_CASE("a missing file is an error that names it") {
    CHECK_THROWS_WITH(load_settings("/no/such/holdfast.conf"),
                      ContainsSubstring("/no/such/holdfast.conf: there is no such file"));
}
