#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace holdfast {

/// What went wrong, as a sentence for a person: what, where, and what to do about it.
class Error : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The input is at fault, at a known place: reads `path:line: reason`, or `path: reason` for line
/// 0.
class InputError : public Error {
public:
    InputError(std::string_view path, unsigned line, std::string_view reason);

    unsigned line() const noexcept { return line_; }

private:
    unsigned line_;
};

/// The environment is at fault (a file, a port, a disk): reads `what: strerror(code)`.
class SystemError : public Error {
public:
    SystemError(std::string_view what, int code);

    int code() const noexcept { return code_; }

private:
    int code_;
};

/// Throws SystemError with the current errno.
[[noreturn]] void throw_errno(std::string_view what);

} // namespace holdfast
