#include "edge/endpoints.hpp"

#include "core/topics.hpp"
#include "edge/local_broker.hpp"
#include "edge/status.hpp"

namespace holdfast::edge {

using namespace std::chrono_literals;

mqtt::Endpoint main_endpoint(const config::Settings& settings,
                             const std::filesystem::path& folder) {
    auto endpoint = local_broker(settings, folder, "holdfast-edge");
    endpoint.will = {.topic = std::string(topics::status),
                     .payload = offline_json(settings.site.name)};
    return endpoint;
}

mqtt::Endpoint capture_endpoint(const config::Settings& settings,
                                const std::filesystem::path& folder) {
    auto endpoint = local_broker(settings, folder, "holdfast-capture");
    // The broker keeps what devices send while we are away, and what we have not acknowledged.
    endpoint.clean_session = false;
    endpoint.keepalive = 120s; // pings wait behind acknowledgements, which wait for the disk
    return endpoint;
}

mqtt::Endpoint orders_endpoint(const config::Settings& settings,
                               const std::filesystem::path& folder) {
    auto endpoint = local_broker(settings, folder, "holdfast-orders");
    endpoint.clean_session = false;
    if (settings.cloud) { // a connection has one will; the main one's is for this site
        endpoint.will = {.topic = std::string(topics::up) + "status",
                         .payload = offline_json(settings.site.name)};
    }
    return endpoint;
}

mqtt::Endpoint history_endpoint(const config::Settings& settings,
                                const std::filesystem::path& folder) {
    auto endpoint = local_broker(settings, folder, "holdfast-history");
    endpoint.version = mqtt::Version::v5; // brings where to answer
    return endpoint;
}

} // namespace holdfast::edge
