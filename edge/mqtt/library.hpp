#pragma once

namespace holdfast::mqtt {

/// libmosquitto, ready for use as long as this lives. One is made in main, before any Client. From
/// then on the process ignores SIGPIPE.
class Library {
public:
    /// Throws Error.
    Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
    ~Library();
};

} // namespace holdfast::mqtt
