#include "core/error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>

namespace holdfast {

namespace {

std::string place(std::string_view path, unsigned line, std::string_view reason) {
    return line == 0 ? fmt::format("{}: {}", path, reason)
                     : fmt::format("{}:{}: {}", path, line, reason);
}

} // namespace

InputError::InputError(std::string_view path, unsigned line, std::string_view reason)
    : Error(place(path, line, reason))
    , line_(line) {}

SystemError::SystemError(std::string_view what, int code)
    : Error(fmt::format("{}: {}", what, std::generic_category().message(code)))
    , code_(code) {}

void throw_errno(std::string_view what) {
    throw SystemError(what, errno);
}

} // namespace holdfast
