#pragma once

#include "certs/authority.hpp"
#include "core/reserved_port.hpp"
#include "support/program.hpp"
#include "support/temp_folder.hpp"

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::test {

/// An appliance's folder and the cloud broker that it is to reach, both as they are set up, for
/// `holdfast bridge check`. Nothing of the appliance runs.
class CheckStage {
public:
    CheckStage();

    std::filesystem::path folder() const { return root_ / "appliance"; }
    std::filesystem::path cloud() const { return root_ / "cloud"; }

    /// The cloud broker's certificate is made anew, from `now` on.
    void issue_server(const std::vector<std::string>& names, certs::TimePoint now,
                      std::chrono::days lifetime) const;
    /// In the cloud broker's configuration or ACL.
    void replace(const std::string& file, const std::string& text, const std::string& by) const;
    void append(const std::string& file, const std::string& text) const;
    /// To this port of the cloud; renders the bridge anew, as a person is to.
    void write_config(std::uint16_t port) const;
    std::uint16_t site_port() const noexcept { return site_port_.number(); }

    void start_cloud();

    struct Answer {
        int status;
        std::string text;
        bool says(const std::string& part) const { return text.find(part) != std::string::npos; }
    };
    /// What `holdfast bridge check` prints, with these words behind it.
    Answer check(const std::vector<std::string>& words = {}) const;

    static inline const std::string site = "greenhouse";

private:
    TempFolder root_;
    ReservedPort site_port_;
    ReservedPort app_port_;
    Program broker_;
};

} // namespace holdfast::test
