#include "guide_reader.hpp"

#include "core/atomic_file.hpp"
#include "core/child_process.hpp"
#include "support/catch.hpp"
#include "support/replaced.hpp"

#include <fmt/format.h>

#include <regex>

namespace holdfast::test {

namespace fs = std::filesystem;

std::vector<std::string> blocks(const std::string& guide, const std::string& language) {
    const auto text = read_file(fs::path(HOLDFAST_GUIDES) / (guide + ".md"));
    const auto opening = "\n```" + language + "\n";
    std::vector<std::string> found;
    for (auto at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
        at += opening.size();
        const auto end = text.find("```\n", at);
        REQUIRE(end != std::string::npos);
        found.push_back(text.substr(at, end - at));
    }
    REQUIRE_FALSE(found.empty());
    return found;
}

Reader::Reader() {
    // A broker that root starts becomes another user, who has to pass.
    for (const auto& folder : {site_.folder().parent_path(), work_.path()}) {
        fs::permissions(folder, fs::perms::others_exec, fs::perm_options::add);
    }
    fs::create_directory(work_ / "bin");
    for (const auto* const played : {"apt", "systemctl", "aws", "curl"}) {
        play(played, "exit 0");
    }
    play("sudo", "exec \"$@\"");
    // Two need a cloud that is there; and some end with 1 by what they find.
    play("holdfast",
         fmt::format("case \"$*\" in\n"
                     "'bridge check' | 'drill '*) exit 0 ;;\n"
                     "doctor | 'policy check' | 'sensors scan') {0} \"$@\"; [ $? -le 1 ] ;;\n"
                     "*) exec {0} \"$@\" ;;\nesac",
                     HOLDFAST));
}

std::string Reader::type_block(const std::string& block) {
    const auto typed = typed_here(block);
    INFO(block << "\n" << typed.output);
    CHECK(typed.status == 0);
    remember_password(typed.output);
    return typed.output;
}

void Reader::start_services() {
    const auto text = read_file(site_.config());
    write_file(site_.config(),
               replaced(text, "0.0.0.0:8883", fmt::format("127.0.0.1:{}", port_.number())),
               FileMode::public_);
    site_.keep_broker_root();
    type_block("holdfast render\n");
    fs::create_directories(site_.state());
    broker_.emplace("broker",
                    ChildProcess::Command{{find_program("mosquitto").string(), "-c",
                                           (site_.folder() / "generated/mosquitto.conf").string()},
                                          work_ / "broker.log"});
    broker_->start();
    REQUIRE(broker_->wait_for_log(" running\n"));
    daemon_.emplace("daemon",
                    ChildProcess::Command{{HOLDFAST_EDGE, "--config", site_.config().string()},
                                          work_ / "daemon.log"});
    daemon_->start();
    REQUIRE(daemon_->wait_for_log("running"));
}

Typed Reader::typed_here(const std::string& block) const {
    auto text = replaced(block, "/etc/holdfast/", site_.folder().string() + "/");
    text = replaced(text, "/etc/mosquitto/", work_.path().string() + "/");
    text = replaced(text, "/media/stick/", work_.path().string() + "/");
    text = replaced(text, "-p 8883", fmt::format("-p {}", port_.number()));
    text = replaced(text, "PASSWORD", password_);
    write_file(work_ / "typed", text, FileMode::public_);
    return type(fmt::format("cd {0} && export PATH={0}/bin:$PATH HOLDFAST_DIR={1} "
                            "HOLDFAST_STATE={2} HOLDFAST_SPOOL={3} && exec sh -e ./typed",
                            work_.path().string(), site_.folder().string(), site_.state(),
                            (work_ / "spool/spool.db").string()));
}

void Reader::play(const std::string& program, const std::string& script) const {
    const auto path = work_ / "bin" / program;
    write_file(path, "#!/bin/sh\n" + script + "\n", FileMode::public_);
    fs::permissions(path, fs::perms::owner_all);
}

void Reader::remember_password(const std::string& output) {
    std::smatch found;
    if (std::regex_search(output, found, std::regex("user owner +password ([^ ]+)"))) {
        password_ = found[1];
    }
}

} // namespace holdfast::test
