#pragma once

#include "cli/demo/arduino.hpp"
#include "cli/demo/ledger.hpp"
#include "cli/demo/screen.hpp"
#include "cli/demo/set.hpp"
#include "cli/demo/stage.hpp"
#include "edge/mqtt/client.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace holdfast::cli::demo {

/// What the local broker's retained status says.
struct DaemonStatus {
    bool online = false;
    bool link = false;
    std::uint64_t pending = 0;
    std::uint64_t last_seq = 0;
    std::size_t sensors = 0;
};

/// The demo's story: readings flow, the cloud goes, local life goes on, the daemon is killed, the
/// cloud returns, everything arrives; then the ledger.
class Story {
public:
    Story(const Set& set, std::chrono::seconds outage);

    /// Plays it, once; answers the ledger.
    Ledger::Result play();
    /// Goes on until Ctrl-C, after saying what one can try.
    void go_on();

private:
    void open();
    void flowing();
    void outage();
    void kill_daemon();
    void catch_up();
    void settle();
    Ledger::Result account();

    void say(const std::string& line) { screen_.say(line); }
    void device_publishes(int messages);
    void heard_locally(const mqtt::Delivery& delivery);
    void heard_at_cloud(const mqtt::Delivery& delivery);
    void read_spool();

    const Set& set_;
    std::chrono::seconds outage_;
    Screen screen_;
    Stage stage_;
    Actor& cloud_;
    Actor& broker_;
    Actor& daemon_;
    mqtt::Library library_;
    mqtt::Client viewer_;
    mqtt::Client subscriber_;
    Arduino arduino_;
    Ledger ledger_;
    DaemonStatus status_;
    std::uint64_t statuses_ = 0;
    int device_messages_ = 0;
};

} // namespace holdfast::cli::demo
