#pragma once

#include "bridge/cloud_end.hpp"
#include "bridge/local_end.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace holdfast::cli {

/// Somebody who may come in, and the password that is shown once.
struct NewUser {
    std::string name;
    std::string password;
};

struct ApplianceSpec {
    bridge::LocalPaths paths;
    std::string config;                  ///< the text of holdfast.conf
    std::vector<std::string> host_names; ///< more names and addresses for the server's certificate
    std::string policy;                  ///< rules beside the daemon's own
    std::vector<std::string> users;      ///< who gets a password beside the daemon
    bool anew = false;                   ///< in place of one that is there; its readings stay
};

/// Makes what a new appliance needs: holdfast.conf, its own certificate authority and server
/// certificate, users, policy, the daemon's password and the rendered files. The configuration is
/// checked before anything is written. Throws Error when the folder has an appliance already,
/// unless it is made anew.
std::vector<NewUser> set_up_appliance(const ApplianceSpec& spec);

struct CloudSpec {
    bridge::CloudEnd end;
    std::vector<std::string> host_names; ///< under which sites and applications reach it
    std::string site;                    ///< gets a client certificate
};

/// Makes the folder of a cloud broker, with an authority of its own, and gives the site's
/// certificate and key and the cloud's CA to the appliance's `certs` folder.
std::vector<NewUser> set_up_cloud(const CloudSpec& spec, const std::filesystem::path& site_certs);

/// Writes a users file with a new password for each.
std::vector<NewUser> write_users(const std::filesystem::path& file,
                                 const std::vector<std::string>& names);

/// 20 characters that hold 100 random bits and no lookalikes.
std::string random_password();

} // namespace holdfast::cli
