#include "bridge/file_rights.hpp"
#include "cli/doctor/examinations.hpp"
#include "cli/setup/installation.hpp"
#include "core/error.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

namespace holdfast::cli::doctor {

namespace fs = std::filesystem;

namespace {

bool secret(const fs::path& file) {
    const auto name = file.filename().string();
    return file.extension() == ".key" || name == "users" || name == "edge.password";
}

std::string_view what_a_secret_is_for(const fs::path& file) {
    const auto name = file.filename().string();
    if (name == "users") {
        return "who has the hashes can try passwords on a machine of their own";
    }
    if (name == "edge.password") {
        return "who has it can pose as the daemon";
    }
    return name == "ca.key" ? "who has it can make certificates that everybody here trusts"
                            : "who has a key can pose as its holder";
}

void look_at_mode(Findings& findings, const fs::path& path) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) {
        throw_errno(path.string());
    }
    if (S_ISLNK(status.st_mode)) {
        return; // what it points to has rights of its own
    }
    if ((status.st_mode & S_IWOTH) != 0) {
        findings.push_back(bad(
            fmt::format("everybody on this machine can change {}", path.string()),
            "who can change it decides who gets in", fmt::format("chmod o-w {}", path.string())));
    }
    if (!secret(path)) {
        return;
    }
    if ((status.st_mode & S_IRWXO) != 0) {
        findings.push_back(bad(fmt::format("everybody on this machine can read {}", path.string()),
                               std::string(what_a_secret_is_for(path)),
                               fmt::format("chmod o-rwx {}", path.string())));
    } else if (path.filename() == "ca.key" && (status.st_mode & S_IRWXG) != 0) {
        findings.push_back(bad(fmt::format("a group can read {}", path.string()),
                               std::string(what_a_secret_is_for(path)),
                               fmt::format("chmod g-rwx {}", path.string())));
    }
}

/// What a service has to read.
struct Reader {
    std::string_view who;
    std::string user;
    std::vector<std::string_view> files;
};

void look_whether_it_reads(Findings& findings, const Reader& reader, const fs::path& folder) {
    for (const auto name : reader.files) {
        const auto file = folder / name;
        const auto blocked =
            fs::exists(file) ? bridge::obstacle(reader.user, file) : std::optional<fs::path>();
        if (blocked) {
            findings.push_back(bad(
                fmt::format("the {}'s user '{}' cannot read {}, because of the rights of {}",
                            reader.who, reader.user, file.string(), blocked->string()),
                fmt::format("the {} does not start, or keeps what it had", reader.who),
                fmt::format("chgrp {0} {1} && chmod g+rX {1}", reader.user, blocked->string())));
        }
    }
}

} // namespace

Findings examine_files(const Patient& patient) {
    Findings findings;
    look_at_mode(findings, patient.folder);
    for (const auto& entry : fs::recursive_directory_iterator(patient.folder)) {
        look_at_mode(findings, entry.path());
    }
    look_whether_it_reads(
        findings,
        {"broker",
         patient.broker_user,
         {"users", "policy", "certs/server.crt", "certs/server.key", "generated/mosquitto.conf"}},
        patient.folder);
    if (patient.installed) {
        look_whether_it_reads(
            findings,
            {"daemon", installed_daemon_user, {"holdfast.conf", "edge.password", "certs/ca.crt"}},
            patient.folder);
    }
    if (findings.empty()) {
        findings.push_back(good("secrets are for their owners alone, nobody else can change "
                                "anything, and the broker can read what it needs"));
    }
    return findings;
}

} // namespace holdfast::cli::doctor
