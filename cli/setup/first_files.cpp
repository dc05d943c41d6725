#include "cli/setup/first_files.hpp"

#include <fmt/format.h>

namespace holdfast::cli {

std::string first_config(std::string_view site, const std::filesystem::path& spool) {
    return fmt::format(
        R"(# Holdfast: the one file that you edit. 'holdfast render' writes the broker's files from it.

[site]
# The first level of every topic at the cloud.
name = {site}

[broker]
# Where devices connect, with TLS.
listen = 0.0.0.0:8883
# How often the broker saves what it holds for others; 0 is at every change, which wears the card.
save_every = 60s

[spool]
path = {spool}
# What a power cut can cost; 0 puts every reading on disk before it goes anywhere.
lose_at_most = 1s
keep_history = 30d

[sensor load]
driver = file
path = /proc/loadavg
field = 1
every = 10s

# Messages of MQTT devices that go to the cloud byte for byte (needs a cloud: 'holdfast init
# --cloud ADDRESS' adds it).
#[device all]
#topic = devices/#
)",
        fmt::arg("site", site), fmt::arg("spool", spool.string()));
}

std::string first_policy() {
    return fmt::format(
        R"(# The first person: may see what is measured and publish below its own name.
user {0}
topic read sensors/#
topic read devices/#
topic read holdfast/#
topic write holdfast/get/history/#
topic readwrite devices/{0}/#
)",
        first_user);
}

} // namespace holdfast::cli
