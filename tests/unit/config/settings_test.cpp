#include "config/changed_sections.hpp"
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
                                         "certificates = 10.0.0.1:8885\n"
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
                                         "linger = 2s\n"
                                         "unset_clock = wait\n"
                                         "receipt = marker\n"
                                         "[sensor room]\n"
                                         "driver = file\n"
                                         "path = /sys/x\n"
                                         "scale = 0.001\n"
                                         "unit = Cel\n"
                                         "up = no\n"
                                         "priority = yes\n"
                                         "[device esp32]\n"
                                         "topic = devices/+/data\n",
                                         "/etc/holdfast/holdfast.conf");
    CHECK(settings.broker.address == "127.0.0.1");
    CHECK(settings.broker.port == 1884);
    CHECK(settings.broker.certificate_address == "10.0.0.1");
    CHECK(settings.broker.certificate_port == 8885);
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
    CHECK(room.priority);
    CHECK_FALSE(settings.devices[0].priority);
    CHECK(settings.uplink.linger == 2s);
    CHECK(settings.uplink.unset_clock == UnsetClock::wait);
    CHECK(settings.uplink.receipt == Receipt::marker);
    REQUIRE(room.driver_keys.entries.size() == 1);
    CHECK(room.driver_keys.entries[0].key == "path");
    REQUIRE(settings.devices.size() == 1);
    CHECK(settings.devices[0].qos == 1);
}

TEST_CASE("the kind of cloud decides the pace and its limits are refused with their line") {
    const std::string site = "[site]\nname = shed\n[cloud]\naddress = a.example\n";
    CHECK(parse_settings(site, "c").uplink.max_publishes_per_second == 500);
    const auto aws = site + "kind = aws-iot-core\n";
    const auto settings = parse_settings(aws, "c");
    CHECK(settings.cloud->profile->kind == "aws-iot-core");
    CHECK(settings.uplink.max_publishes_per_second == 80);
    CHECK(settings.uplink.max_batch_bytes == 15 * 1024);
    CHECK(parse_settings(aws + "port = 443\n", "c").cloud->alpn == "x-amzn-mqtt-ca");
    const auto refused = [](const std::string& text, const std::string& message) {
        CHECK_THROWS_WITH(parse_settings(text, "c"), ContainsSubstring(message));
    };
    refused(aws + "keepalive = 10s\n", "c:6: keepalive: it must lie between 30s and 20min");
    refused(aws + "client_id = " + std::string(129, 'x') + "\n", "c:6: client_id: aws-iot-core");
    refused("[site]\nname = shed\n[cloud]\nkind = aws-iot-core\naddress = 10.0.0.1\n",
            "c:5: address: AWS IoT Core has to be asked by name");
    refused(aws + "[uplink]\nmax_publishes_per_second = 101\n",
            "c:7: max_publishes_per_second: \"101\" is no whole number from 1 to 100");
    refused(aws + "[uplink]\nmax_in_flight = 101\n", "c:7: max_in_flight");
    refused(aws + "[uplink]\nmax_bytes_per_second = 1MiB\n", "c:7: max_bytes_per_second");
    refused(aws + "[uplink]\nmax_batch = 200KiB\n", "between 512B and 128KiB");
    refused(
        aws + "[sensor x]\ndriver = file\ntopic = a/b/c/d/e/f/g/h\n",
        "c:6: at the cloud its topic is 'shed/a/b/c/d/e/f/g/h', and aws-iot-core takes at most");
    refused(site + "[uplink]\nunset_clock = never\n", "c:6: unset_clock: ");
    CHECK(settings.uplink.receipt == Receipt::echo);
    refused(aws + "[uplink]\nreceipt = marker\n",
            "c:7: receipt: aws-iot-core does not keep messages in order");
    refused(site + "[uplink]\nlinger = 2h\n", "c:6: linger: the longest is 1h");
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
        {site + "[lamp led]\n", "c:3: unknown section [lamp]; there are: site"},
        {site + "[sensor]\n", "c:3: [sensor] needs a name"},
        {site + "[spool main]\n", "c:3: [spool] takes no name"},
        {site + "[spool]\nlose_at_mots = 1s\n",
         "c:4: unknown key 'lose_at_mots' in [spool]; did you mean 'lose_at_most'?"},
        {site + "[spool]\nlose_at_most = 5\n", "c:4: lose_at_most: \"5\" is no duration"},
        {site + "[spool]\nmax_size = 1MiB\n", "c:4: max_size: the least is 8MiB"},
        {site + "[spool]\nwhen_full = panic\n", "c:4: when_full"},
        {site + "[spool]\nlose_at_most = 2min\n", "c:4: lose_at_most: the longest is 60s"},
        {site + "[broker]\nlisten = 70000\n", "c:4: listen: \"70000\" is no whole number"},
        {site + "[broker]\nlisten = 1883\ncertificates = 1883\n",
         "c:5: certificates: it is the port of 'listen'"},
        {site + "[broker]\nsave_every = 10ms\n", "c:4: save_every: the shortest is 1s"},
        {site + "[cloud]\nport = 1\n", "c:3: [cloud] needs 'address = …'"},
        {site + "[cloud]\nkind = azure\naddress = x\n", "c:4: kind: \"azure\" is not one of"},
        {site + "[uplink]\nmax_batch = 10B\n", "c:4: max_batch: it must lie between"},
        {site + "[sensor x]\n", "c:3: [sensor x] needs 'driver = …'"},
        {site + "[sensor x]\ndrivr = file\n",
         "c:4: unknown key 'drivr' in [sensor]; did you mean 'driver'?"},
        {site + "[sensor x]\ndriver = file\ntopic = holdfast/x\n",
         "c:5: topic: \"holdfast/x\" starts with 'holdfast', which Holdfast uses itself"},
        {site + "[sensor x]\ndriver = file\ntopic = a/+\n", "c:5: topic: \"a/+\" is no topic name"},
        {site + "[sensor x&y]\ndriver = file\n", "c:3: topic: with format = senml"},
        {site + "[sensor x]\ndriver = file\nmin = 2\nmax = 1\n",
         "c:5: min: it is greater than max"},
        {site + "[sensor x]\ndriver = file\nevery = 1ms\n", "c:5: every: the shortest is 10ms"},
        {site + "[sensor x]\ndriver = sim\nmedian = 4\n", "c:5: median: an odd number"},
        {site + "[sensor x]\ndriver = sim\nheartbeat = 1ms\n", "c:5: heartbeat: it is shorter"},
        {site + "[sensor x]\ndriver = sim\nsample_every = 10ms\n", "c:5: sample_every: it takes"},
        {site + "[sensor x]\ndriver = sim\nmean = yes\nsample_every = 2s\n",
         "c:6: sample_every: it must lie"},
        {site + "[instruction x]\nsensors = y\n", "c:4: sensors: there is no [sensor y]"},
        {site + "[sensor y]\ndriver = sim\n[instruction x]\nsensors = y\nleast = 1ms\n",
         "c:7: least: the shortest"},
        {site + "[sensor y]\ndriver = sim\n[instruction x]\nsensors = y\ngreatest = 10ms\n",
         "c:5: least: it is longer"},
        {site + "[output x]\n", "c:3: [output x] needs 'driver = …'"},
        {site + "[output x]\ndriver = gpio\ncontroller_timeout = 1ms\n",
         "c:5: controller_timeout: "},
        {site + "[alarm x]\n", "c:3: [alarm x] needs 'when = …'"},
        {site + "[alarm x]\nwhen = y > 1\nhysteresis = -1\n", "c:5: hysteresis: it is negative"},
        {site + "[alarm x]\nwhen = y > 1\non_raise = lamp on\n",
         "c:5: on_raise: there is no [output lamp]"},
        {site + "[alarm x]\nwhen = y > 1\non_raise = lamp\n",
         "c:5: on_raise: \"lamp\" is no order"},
        {site + "[alarm x]\nwhen = y > 1\n[device z]\ntopic = alarms/#\n",
         "c:5: 'alarms/#' would capture [alarm x] on 'alarms/x'"},
        {site + "[template x]\ntopic = a\ntext = ${b}\nafter = b\n",
         "c:6: after: there is no [sensor b]"},
        {site + "[template x]\ntopic = a\nafter = b\n", "c:3: [template x] needs 'text = …'"},
        {site + "[device x]\ntopic = a\nmax_payload = 0B\n", "c:5: max_payload: it must lie"},
        {site + "[device x]\ntopic = a\nqos = 2\n", "c:5: qos: \"2\" is no whole number from 0"},
        {site + "[device x]\ntopic = a b/#\n", "c:4: topic: \"a b/#\" holds a blank"},
        {site + "[device x]\ntopic = #\n", "c:4: topic: \"#\" starts with a wildcard"},
        {site + "[device x]\ntopic = $SYS/#\n", "c:4: topic: \"$SYS/#\" starts with '$'"},
        {site + "[sensor x]\ndriver = file\n[device y]\ntopic = sensors/#\n",
         "c:5: 'sensors/#' would capture [sensor x] on 'sensors/x' a second time"},
    }));
    CHECK_THROWS_WITH(parse_settings(row.text, "c"), ContainsSubstring(row.message));
}

TEST_CASE("what measures and acts is read with its defaults") {
    const auto settings = parse_settings("[alarm hot]\n"
                                         "when = room > 30\n"
                                         "for = 10s\n"
                                         "on_raise = fan on, buzzer pulse 2s\n"
                                         "[site]\n"
                                         "name = shed\n"
                                         "[sensor room]\n"
                                         "driver = sim\n"
                                         "median = 5\n"
                                         "[output fan]\n"
                                         "driver = gpio\n"
                                         "line = GPIO17\n"
                                         "[output buzzer]\n"
                                         "driver = gpio\n"
                                         "line = GPIO22\n"
                                         "safe = on\n"
                                         "[instruction sampling]\n"
                                         "sensors = room\n",
                                         "c");
    REQUIRE(settings.alarms.size() == 1);
    CHECK(settings.alarms[0].topic.str() == "alarms/hot");
    CHECK(settings.alarms[0].hold == 10s);
    REQUIRE(settings.alarms[0].on_raise.size() == 2);
    CHECK(settings.alarms[0].on_raise[1].output == "buzzer");
    CHECK(settings.alarms[0].on_raise[1].order == "pulse 2s");
    REQUIRE(settings.outputs.size() == 2);
    CHECK(settings.outputs[0].topic.str() == "outputs/fan");
    CHECK(settings.outputs[1].safe == "on");
    REQUIRE(settings.instructions.size() == 1);
    CHECK(settings.instructions[0].topic.str() == "instructions/sampling");
    CHECK(settings.sensors[0].median == 5);
}

TEST_CASE("only sections whose entries differ have changed") {
    const auto before = parse_settings("[site]\nname = shed\n[sensor a]\ndriver = sim\n"
                                       "[sensor b]\ndriver = sim\n[device d]\ntopic = d\n",
                                       "c");
    const auto after = parse_settings("# a comment moves every line\n[site]\nname = shed\n"
                                      "[sensor b]\nevery = 2s\ndriver = sim\n"
                                      "[sensor a]\ndriver = sim\n[spool]\npath = /x\n",
                                      "c");
    CHECK(changed_sections(before, before).empty());
    CHECK(changed_sections(before, after) ==
          std::set<std::string>{"device d", "sensor b", "spool"});
}

TEST_CASE("a missing file is an error that names it") {
    CHECK_THROWS_WITH(load_settings("/no/such/holdfast.conf"),
                      ContainsSubstring("/no/such/holdfast.conf: there is no such file"));
}
