#pragma once

#include "cli/drill/course.hpp"
#include "config/settings.hpp"
#include "edge/mqtt/client.hpp"
#include "edge/mqtt/library.hpp"
#include "edge/spool/receipt_reader.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <filesystem>
#include <functional>

namespace holdfast::cli::drill {

/// A drill's course on the live appliance: its status and link from the local broker, receipts from
/// the spool's file, and the daemon's own right to end the bridge's session.
class Exercise {
public:
    /// Throws Error where the appliance in `folder` cannot be reached with what stands there.
    Exercise(const config::Settings& settings, const std::filesystem::path& folder, Course course);

    /// Runs until the course is over; calls `progress` now and then.
    void run(const std::function<void(const Course&)>& progress);

    const Course& course() const noexcept { return course_; }

private:
    void heard(const mqtt::Delivery& delivery);
    void tick();
    void await_signal();
    void react();

    boost::asio::io_context loop_;
    mqtt::Library library_;
    Course course_;
    std::string link_topic_;
    spool::ReceiptReader receipts_;
    mqtt::Client client_;
    boost::asio::steady_timer timer_;
    boost::asio::signal_set signals_;
    std::function<void(const Course&)> progress_;
};

} // namespace holdfast::cli::drill
