#pragma once

#include "core/reserved_port.hpp"
#include "init_folder.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"
#include "support/typed.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace holdfast::test {

/// The blocks of a guide in that language, in their order. `guide` is named from docs/guides.
std::vector<std::string> blocks(const std::string& guide, const std::string& language);

/// Somebody who follows a guide on a machine with an empty folder in the place of /etc/holdfast.
/// What is a service, a package or somebody else's machine is played by a shell function.
class Reader {
public:
    Reader();

    /// The local appliance that most guides begin with.
    void begin() { type_block("holdfast init --site greenhouse\n"); }

    /// As a person types it; answers what came.
    std::string type_block(const std::string& block);
    bool works(const std::string& block) const { return typed_here(block).status == 0; }

    /// `holdfast init` starts both where it is installed.
    void start_services();
    Program& broker() { return *broker_; }
    Program& daemon() { return *daemon_; }
    std::filesystem::path work() const { return work_.path(); }
    const InitFolder& site() const { return site_; }
    /// Of the local broker.
    std::uint16_t port() const { return port_.number(); }

private:
    Typed typed_here(const std::string& block) const;
    void play(const std::string& program, const std::string& script) const;
    void remember_password(const std::string& output);

    InitFolder site_;
    TempFolder work_;
    ReservedPort port_;
    std::string password_ = "none";
    std::optional<Program> broker_;
    std::optional<Program> daemon_;
};

} // namespace holdfast::test
