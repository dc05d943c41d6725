// A thousand clients with traffic while users and policy change under them.
#include "core/error.hpp"
#include "plugin_broker.hpp"
#include "support/catch.hpp"
#include "support/raw_client.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <vector>

using namespace holdfast;
using namespace holdfast::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t crowd_size = 1000;
constexpr rlim_t descriptors = 2048;

const std::string policy = "user publisher\ntopic write #\n"
                           "user gone\ntopic read news/#\n"
                           "user crowd\ntopic read news/#\n"
                           "user curious\ntopic read news/#\ntopic read secret\n";

const Users& users() {
    static const Users made =
        users_with({{"publisher", "p"}, {"gone", "g"}, {"crowd", "c"}, {"curious", "q"}});
    return made;
}

bool raise_descriptor_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, descriptors));
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= descriptors;
}

struct Crowd {
    std::vector<std::unique_ptr<RawClient>> clients;

    Crowd(std::size_t size, const PluginBroker& site, const std::string& user,
          const std::string& password, const std::string& filter) {
        for (std::size_t i = 0; i < size; ++i) {
            clients.push_back(
                std::make_unique<RawClient>(tcp_stream(site.port()), RawClient::Version::v311));
            REQUIRE(clients.back()->connect(user + std::to_string(i), user, password) == 0);
            REQUIRE(clients.back()->subscribe(filter) == 0);
        }
    }
};

// What is logged of each of some twenty thousand messages would be most of the work.
const std::string quiet = "log_dest stderr\nlog_type error\nlog_type warning\nlog_type notice\n"
                          "log_type information\n";

} // namespace

TEST_CASE("a thousand clients lose no message while others are removed and rules change") {
    if (!raise_descriptor_limit()) {
        SKIP_TEST("it takes " << descriptors << " open files");
    }
    PluginBroker site(users(), policy, quiet);
    const Crowd crowd(crowd_size, site, "crowd", "c", "news/#");
    const Crowd gone(10, site, "gone", "g", "news/#");
    const Crowd curious(10, site, "curious", "q", "#");
    RawClient publisher(tcp_stream(site.port()), RawClient::Version::v311);
    REQUIRE(publisher.connect("publisher", "publisher", "p") == 0);
    int sent = 0;
    const auto publish = [&](int count) {
        for (const auto end = sent + count; sent < end; ++sent) {
            publisher.publish("news/" + std::to_string(sent), "");
        }
    };
    publish(5);
    auto changed = users();
    changed.remove("gone");
    site.write_users(changed);
    while (site.broker().log().find("changed_or_removed=1") == std::string::npos) {
        publish(1);
    }
    const auto all_of_the_end = [](RawClient& client) {
        for (;;) {
            client.next_topic();
        }
    };
    for (const auto& client : gone.clients) {
        CHECK_THROWS_WITH(all_of_the_end(*client), "the broker has closed the connection");
    }
    publisher.publish("secret", "told");
    const auto before = site.broker().log().size();
    site.write_policy("user publisher\ntopic write #\nuser crowd\ntopic read news/#\n"
                      "user curious\ntopic read news/#\n");
    while (site.broker().log().find("users and policy reloaded", before) == std::string::npos) {
        publish(1);
    }
    publisher.publish("secret", "not told");
    publish(5);
    for (const auto& client : crowd.clients) {
        for (int number = 0; number < sent; ++number) {
            REQUIRE(client->next_topic() == "news/" + std::to_string(number));
        }
    }
    for (const auto& client : curious.clients) {
        int secrets = 0;
        for (int news = 0; news < sent;) {
            ++(client->next_topic() == "secret" ? secrets : news);
        }
        CHECK(secrets == 1);
    }
}
