#pragma once

#include "core/log.hpp"
#include "edge/history/request.hpp"
#include "edge/mqtt/client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <set>
#include <string>

namespace holdfast::history {

/// Answers questions for history by MQTT.
///
/// - who may ask and who hears the answers is the policy's business: answers go to
///   `holdfast/history` and below, nowhere else
/// - each question is read on a thread of its own, with less priority than all else, through a
///   connection of its own to the spool: nothing that is measured waits for it
/// - what is in work, an answer's size and its time are bounded; what is beyond is answered with
///   the reason
class Desk {
public:
    struct Settings {
        std::filesystem::path spool;
        std::string site;
    };

    /// `endpoint` is the local broker, with MQTT 5.
    Desk(boost::asio::io_context& loop, const mqtt::Library& library, mqtt::Endpoint endpoint,
         Settings settings, Log log);
    Desk(const Desk&) = delete;
    Desk& operator=(const Desk&) = delete;
    ~Desk();

    void start();
    /// What is in work is given up.
    void stop();

    /// Questions that may be in work or have an answer on its way.
    static constexpr std::size_t most_in_work = 8;

private:
    struct Asked {
        std::string request;
        std::string answer_to;
        std::string correlation;
    };

    mqtt::Handlers handlers();
    void asked(const mqtt::Delivery& delivery);
    std::string work(const std::string& request) const;
    void answered(const Asked& asked, const std::string& text);

    boost::asio::io_context& loop_;
    Settings settings_;
    Log log_;
    std::size_t in_work_ = 0;
    std::set<mqtt::PublishId> on_their_way_;
    std::atomic<bool> stopping_ = false;
    mqtt::Client client_;
    boost::asio::thread_pool thread_{1};
};

/// Where the answer to a message goes: the response topic of MQTT 5, or for a question on
/// `holdfast/get/history/REST` the topic `holdfast/history/REST`. Throws Error for a response topic
/// that is neither `holdfast/history` nor below it.
std::string answer_topic(const std::string& asked_on, const std::string& response_topic);

} // namespace holdfast::history
