#pragma once

#include "cli/conversation.hpp"
#include "cli/drill/course.hpp"
#include "config/settings.hpp"
#include "edge/spool/receipt_reader.hpp"

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
    void react();

    Course course_;
    std::string link_topic_;
    spool::ReceiptReader receipts_;
    Conversation broker_;
    std::function<void(const Course&)> progress_;
};

} // namespace holdfast::cli::drill
