#include "bridge/cloud_end.hpp"
#include "support/catch.hpp"

using namespace holdfast::bridge;

namespace {

std::vector<RenderedFile> files() {
    return render_cloud_end({.folder = "/cloud",
                             .address = "0.0.0.0",
                             .site_port = 8883,
                             .app_port = 8884,
                             .broker_user = "mosquitto",
                             .readers = {"dashboard", "archive"}});
}

} // namespace

TEST_CASE("a site comes in with its certificate and an application with its password") {
    const auto text = files().at(0).content;
    const auto sites = text.find("listener 8883 0.0.0.0");
    const auto applications = text.find("listener 8884 0.0.0.0");
    REQUIRE(sites != std::string::npos);
    REQUIRE(applications > sites);
    CHECK(text.find("allow_anonymous false") < sites);
    const auto site_part = text.substr(sites, applications - sites);
    CHECK(site_part.find("require_certificate true") != std::string::npos);
    CHECK(site_part.find("use_identity_as_username true") != std::string::npos);
    CHECK(text.find("insecure") == std::string::npos);
}

TEST_CASE("a site has the topics below its own name and each reader may read all") {
    CHECK(files().at(1).content == "# Each site has the topics below its own name.\n"
                                   "pattern readwrite %u/#\n"
                                   "\nuser dashboard\ntopic read +/#\n"
                                   "\nuser archive\ntopic read +/#\n");
}
