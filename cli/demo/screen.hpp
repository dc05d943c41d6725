#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace holdfast::cli::demo {

/// What is going on right now.
struct Scene {
    bool cloud_up = false;
    bool link = false;
    std::uint64_t pending = 0;
    std::uint64_t backlog = 0; ///< the most that was pending in this outage
    std::uint64_t local_messages = 0;
    std::uint64_t cloud_rows = 0;
    std::map<std::string, std::string> values; ///< the last one of each local topic
};

/// Shows the demo: on a terminal a small view that is drawn over itself below the story, else plain
/// lines with a line of figures now and then.
class Screen {
public:
    Screen();
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    ~Screen();

    /// A line of the story; stays.
    void say(const std::string& line);
    void heading(const std::string& line);
    /// The figures behind the view; change them as things happen.
    Scene& scene() noexcept { return scene_; }
    /// Draws what has changed, at a rate that an eye can follow.
    void refresh();
    /// Wipes the live view.
    void clear();

private:
    std::string bar() const;
    std::string figures() const;
    void draw();

    bool terminal_;
    bool colour_;
    unsigned drawn_lines_ = 0;
    Scene scene_;
    std::string last_figures_;
    std::chrono::steady_clock::time_point next_draw_{};
    std::chrono::steady_clock::time_point start_;
};

} // namespace holdfast::cli::demo
