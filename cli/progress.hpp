#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::cli {

/// `saving readings  [########            ]  42 %`; without a whole the number alone.
std::string progress_text(std::string_view what, std::uint64_t done, std::uint64_t whole);

/// How far long work is, in one line that is drawn over itself on standard error, where that is a
/// terminal; nowhere else.
class Progress {
public:
    /// `whole` is 0 where nobody knows it.
    Progress(std::string what, std::uint64_t whole);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// The line is gone.
    ~Progress();

    /// Cheap enough to be called for every piece of work.
    void at(std::uint64_t done);

private:
    std::string what_;
    std::uint64_t whole_;
    bool shown_; ///< somebody sees it
    std::chrono::steady_clock::time_point next_{};
};

} // namespace holdfast::cli
