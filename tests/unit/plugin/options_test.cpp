#include "plugin/options.hpp"
#include "support/catch.hpp"

#include <vector>

using namespace holdfast;

using Given = std::vector<std::pair<std::string_view, std::string_view>>;

TEST_CASE("the options are taken by our names and by the names of Mosquitto") {
    const auto given = GENERATE(values<Given>({
        {{"users", "/u"}, {"policy", "/p"}},
        {{"acl_file", "/p"}, {"password_file", "/u"}},
        {{"users", "/u"}, {"acl_file", "/p"}},
    }));
    const auto options = PluginOptions::parse(given);
    CHECK(options.users == "/u");
    CHECK(options.policy == "/p");
}

TEST_CASE("wrong options are errors that say what to do") {
    struct Row {
        Given given;
        std::string message;
    };
    const auto row = GENERATE(values<Row>({
        {{}, "mosquitto.conf: add a line: plugin_opt_users /etc/holdfast/users"},
        {{{"users", "/u"}}, "mosquitto.conf: add a line: plugin_opt_policy /etc/holdfast/policy"},
        {{{"user", "/u"}},
         "mosquitto.conf: unknown option plugin_opt_user; did you mean plugin_opt_users?"},
        {{{"passwordfile", "/u"}},
         "mosquitto.conf: unknown option plugin_opt_passwordfile; did you "
         "mean plugin_opt_password_file?"},
        {{{"certificate_user", "name"}},
         "mosquitto.conf: plugin_opt_certificate_user is cn, dns, email or uri, not \"name\""},
        {{{"certificate_user", "cn"}, {"certificate_user", "cn"}},
         "mosquitto.conf: plugin_opt_certificate_user is there twice; remove one of the lines"},
        {{{"certificate_password", "yes"}},
         "mosquitto.conf: plugin_opt_certificate_password is true or false, not \"yes\""},
        {{{"certificate_password", "true"}},
         "mosquitto.conf: plugin_opt_certificate_password needs a line like: "
         "plugin_opt_certificate_user cn"},
        {{{"anonymous", "yes"}},
         "mosquitto.conf: plugin_opt_anonymous is refuse or broker, not \"yes\""},
        {{{"anonymous", "broker"}, {"anonymous", "refuse"}},
         "mosquitto.conf: plugin_opt_anonymous is there twice; remove one of the lines"},
        {{{"watchdog", "999ms"}},
         "mosquitto.conf: plugin_opt_watchdog is at least 1 s, not \"999ms\""},
        {{{"watchdog", "3min"}, {"watchdog", "3min"}},
         "mosquitto.conf: plugin_opt_watchdog is there twice; remove one of the lines"},
        {{{"login_memory", ""}},
         "mosquitto.conf: plugin_opt_login_memory has no value; give a path"},
        {{{"login_memory", "/a"}, {"login_memory", "/b"}},
         "mosquitto.conf: plugin_opt_login_memory sets again what is already set to /a; remove one "
         "of the lines"},
        {{{"crl", ""}}, "mosquitto.conf: plugin_opt_crl has no value; give a path"},
        {{{"users", ""}}, "mosquitto.conf: plugin_opt_users has no value; give a path"},
        {{{"users", "/u"}, {"password_file", "/v"}},
         "mosquitto.conf: plugin_opt_password_file sets again what is already set to /u; remove "
         "one of the lines"},
    }));
    CHECK_THROWS_WITH(PluginOptions::parse(row.given), row.message);
}

TEST_CASE("the options of certificates are taken") {
    const Given given{{"users", "/u"},
                      {"policy", "/p"},
                      {"certificate_user", "uri"},
                      {"certificate_password", "true"},
                      {"crl", "/c"},
                      {"anonymous", "refuse"}};
    const auto options = PluginOptions::parse(given);
    CHECK(options.refuse_anonymous);
    CHECK(options.certificate_user == CertificateName::uri);
    CHECK(options.certificate_needs_password);
    CHECK(options.crl == "/c");
    const auto without = PluginOptions::parse(Given{{"users", "/u"}, {"policy", "/p"}});
    CHECK_FALSE(without.certificate_user);
    CHECK_FALSE(without.certificate_needs_password);
    CHECK(without.crl.empty());
}

TEST_CASE("the options of the broker's restart are taken") {
    const auto options = PluginOptions::parse(Given{
        {"users", "/u"}, {"policy", "/p"}, {"login_memory", "/run/memory"}, {"watchdog", "3min"}});
    CHECK(options.login_memory == "/run/memory");
    CHECK(options.watchdog == std::chrono::minutes(3));
    const auto without = PluginOptions::parse(Given{{"users", "/u"}, {"policy", "/p"}});
    CHECK(without.login_memory.empty());
    CHECK_FALSE(without.watchdog);
    CHECK_THROWS_WITH(PluginOptions::parse(Given{{"watchdog", "3"}}),
                      Catch::Matchers::StartsWith("mosquitto.conf: plugin_opt_watchdog 3: "));
}
