#include "plugin/file_watch.hpp"

#include <sys/stat.h>

#include <utility>

namespace holdfast {

namespace {

std::int64_t nanoseconds(const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

} // namespace

FileWatch::FileWatch(std::vector<std::filesystem::path> paths)
    : paths_(std::move(paths)) {
    mark();
}

FileWatch::Stamp FileWatch::stamp_of(const std::filesystem::path& path) noexcept {
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0) {
        return {};
    }
    return {true,
            found.st_dev,
            found.st_ino,
            found.st_size,
            nanoseconds(found.st_mtim),
            nanoseconds(found.st_ctim)};
}

FileWatch::Stamps FileWatch::look() const {
    Stamps stamps;
    stamps.reserve(paths_.size());
    for (const auto& path : paths_) {
        stamps.push_back(stamp_of(path));
    }
    return stamps;
}

void FileWatch::mark() {
    known_ = look();
    unsettled_.reset();
}

bool FileWatch::changed(BootTime now) {
    if (now < next_look_) {
        return false;
    }
    next_look_ = now + interval;
    auto seen = look();
    if (seen == known_) {
        unsettled_.reset();
        return false;
    }
    if (unsettled_ != seen) {
        unsettled_ = std::move(seen);
        return false;
    }
    known_ = std::move(seen);
    unsettled_.reset();
    return true;
}

} // namespace holdfast
