#include "certs/tls_probe.hpp"
#include "cli/doctor/examinations.hpp"
#include "cli/doctor/processes.hpp"
#include "cli/doctor/sockets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace holdfast::cli::doctor {

namespace {

using Sockets = std::vector<ListeningSocket>;

/// The process that listens on that port, as far as we may see it.
std::optional<Process> holder(const std::filesystem::path& proc, const Sockets& sockets,
                              std::uint16_t port) {
    const auto all = processes(proc);
    for (const auto& socket : sockets) {
        if (socket.port != port) {
            continue;
        }
        const auto found = std::find_if(all.begin(), all.end(), [&](const Process& process) {
            return holds(proc, process.pid, socket.inode);
        });
        if (found != all.end()) {
            return *found;
        }
    }
    return std::nullopt;
}

bool speaks_tls(const ListeningSocket& socket, std::chrono::seconds patience) {
    const auto host = socket.address == "0.0.0.0" ? "127.0.0.1"
                      : socket.address == "::"    ? "::1"
                                                  : socket.address;
    certs::ProbeTarget target{.host = host, .port = socket.port};
    target.limit = patience;
    target.verdict_patience = std::chrono::milliseconds(0);
    const auto result = certs::probe_tls(target);
    return result.reached >= certs::ProbeStep::handshake &&
           !result.has(certs::ProbeFault::not_tls) && !result.has(certs::ProbeFault::closed);
}

Finding judge(const ListeningSocket& socket, bool tls) {
    const auto place = fmt::format("port {} on {}", socket.port, socket.address);
    const auto whom = socket.on_loopback() ? "programs of this machine"
                      : socket.on_all()    ? "every network of this machine"
                                           : "the network of that address";
    if (tls) {
        return good(fmt::format("{} is open to {}, with TLS", place, whom));
    }
    if (socket.on_loopback()) {
        return note(fmt::format("{} is open to {}, without TLS", place, whom),
                    "any program here can read along with nothing but a login",
                    "take that listener out of /etc/mosquitto if nothing needs it");
    }
    return bad(fmt::format("{} is open to {}, without TLS", place, whom),
               "passwords and readings cross the network for everybody to read",
               "take that listener out of /etc/mosquitto, then restart the broker");
}

Findings look_at_expected(const Patient& patient, const Sockets& sockets) {
    Findings findings;
    const auto& broker = patient.settings.broker;
    for (const auto port : {broker.port, broker.certificate_port}) {
        const bool open = std::any_of(sockets.begin(), sockets.end(),
                                      [&](const auto& socket) { return socket.port == port; });
        if (port != 0 && !open) {
            findings.push_back(bad(fmt::format("nothing listens on port {}", port),
                                   "nobody can reach the broker there",
                                   "systemctl restart mosquitto; journalctl -u mosquitto -n 30"));
        }
    }
    return findings;
}

} // namespace

Findings examine_listeners(const Patient& patient) {
    const auto proc = patient.root / "proc";
    const auto sockets = listening_sockets(proc);
    auto findings = look_at_expected(patient, sockets);
    if (!findings.empty()) {
        return findings;
    }
    const auto broker = holder(proc, sockets, patient.settings.broker.port);
    if (!broker) {
        return {note(fmt::format("port {} is open, and which program holds it is not to be seen "
                                 "by this user",
                                 patient.settings.broker.port),
                     "its other listeners were not looked at", "sudo holdfast doctor")};
    }
    for (const auto& socket : sockets) {
        if (holds(proc, broker->pid, socket.inode)) {
            findings.push_back(judge(socket, speaks_tls(socket, patient.patience)));
        }
    }
    return findings;
}

} // namespace holdfast::cli::doctor
