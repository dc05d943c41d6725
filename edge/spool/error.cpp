#include "edge/spool/error.hpp"

#include <fmt/format.h>

namespace holdfast::spool {

DatabaseError::DatabaseError(std::string_view what, std::string_view reason, int extended_code)
    : Error(fmt::format("{}: {} (SQLite code {})", what, reason, extended_code))
    , code_(extended_code) {}

} // namespace holdfast::spool
