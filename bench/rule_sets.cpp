#include "rule_sets.hpp"

#include "core/atomic_file.hpp"
#include "core/error.hpp"
#include "plugin/crypto.hpp"
#include "plugin/users.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace holdfast::bench {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr unsigned quick_iterations = 101; // what mosquitto_passwd makes

std::string topic(unsigned number) {
    return fmt::format("site/building-{}/room-{}/temperature", number % 100, number);
}

std::string rules(unsigned count) {
    std::string text = "user " + user + "\n";
    for (unsigned i = 0; i < count; ++i) {
        text += "topic readwrite " + topic(i) + "\n";
    }
    return text;
}

void write_users(const fs::path& file) {
    Users users;
    users.set(user, PasswordHash::make(password, quick_iterations));
    write_file(file, users.str(), FileMode::group);
}

fs::path dynsec_module() {
    for (const auto& entry : fs::directory_iterator("/usr/lib")) {
        if (auto path = entry.path() / "mosquitto_dynamic_security.so"; fs::exists(path)) {
            return path;
        }
    }
    throw Error("mosquitto_dynamic_security.so is in no folder of /usr/lib");
}

json dynsec_acls(unsigned count) {
    json acls = json::array();
    for (unsigned i = 0; i < count; ++i) {
        for (const auto* type : {"publishClientSend", "publishClientReceive", "subscribeLiteral"}) {
            acls.push_back(
                {{"acltype", type}, {"topic", topic(i)}, {"priority", 0}, {"allow", true}});
        }
    }
    return acls;
}

} // namespace

std::string topic_of(unsigned count) {
    return topic(count == 0 ? 0 : count - 1);
}

std::string with_holdfast(const fs::path& folder, unsigned count) {
    fs::create_directories(folder);
    write_users(folder / "users");
    write_file(folder / "policy", rules(count), FileMode::group);
    return fmt::format("plugin {}\nplugin_opt_users {}\nplugin_opt_policy {}\n", HOLDFAST_PLUGIN,
                       (folder / "users").string(), (folder / "policy").string());
}

std::string with_acl_file(const fs::path& folder, unsigned count) {
    fs::create_directories(folder);
    write_users(folder / "users");
    write_file(folder / "acl", rules(count), FileMode::group);
    return fmt::format("password_file {}\nacl_file {}\n", (folder / "users").string(),
                       (folder / "acl").string());
}

std::string with_dynsec(const fs::path& folder, unsigned count) {
    fs::create_directories(folder);
    std::vector<unsigned char> salt(12);
    crypto::fill_random(salt);
    const auto digest = crypto::pbkdf2_sha512(password, salt, quick_iterations);
    const json config{{"defaultACLAccess", {{"publishClientReceive", false}}},
                      {"roles", {{{"rolename", "role"}, {"acls", dynsec_acls(count)}}}},
                      {"clients",
                       {{{"username", user},
                         {"roles", {{{"rolename", "role"}}}},
                         {"password", crypto::base64(digest)},
                         {"salt", crypto::base64(salt)},
                         {"iterations", quick_iterations}}}}};
    write_file(folder / "dynsec.json", config.dump(), FileMode::group);
    return fmt::format("allow_anonymous false\nplugin {}\nplugin_opt_config_file {}\n",
                       dynsec_module().string(), (folder / "dynsec.json").string());
}

std::string with_nothing() {
    return "allow_anonymous true\n";
}

std::string with_yes() {
    return fmt::format("plugin {}\n", HOLDFAST_YES_PLUGIN);
}

} // namespace holdfast::bench
