#pragma once

#include "core/error.hpp"

#include <string_view>

namespace holdfast::spool {

/// SQLite reports a failure: reads `what: reason (code)`.
class DatabaseError : public Error {
public:
    DatabaseError(std::string_view what, std::string_view reason, int extended_code);

    /// The extended result code (sqlite.org/rescode.html).
    int code() const noexcept { return code_; }

private:
    int code_;
};

/// Another connection holds the lock: try again later.
class DatabaseBusy : public DatabaseError {
public:
    using DatabaseError::DatabaseError;
};

/// No space is left on the device, or the quota is used up. Nothing was stored; try again later.
class DiskFull : public SystemError {
public:
    using SystemError::SystemError;
};

/// The spool has reached its max_size, and there is nothing in it that may go. Nothing was stored.
class SpoolFull : public Error {
public:
    using Error::Error;
};

/// The content is not what was written: a flipped bit, a torn or zeroed page.
class DatabaseDamaged : public DatabaseError {
public:
    using DatabaseError::DatabaseError;
};

} // namespace holdfast::spool
