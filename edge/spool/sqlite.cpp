#include "edge/spool/sqlite.hpp"

#include "edge/spool/page_seal.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cerrno>

namespace holdfast::spool {

namespace {

constexpr int busy_timeout_ms = 5000;

bool disk_is_full(sqlite3* database, int primary_code) {
    if (primary_code == SQLITE_FULL) {
        return true;
    }
    const int code = primary_code == SQLITE_IOERR ? sqlite3_system_errno(database) : 0;
    return code == ENOSPC || code == EDQUOT;
}

} // namespace

void throw_sqlite(sqlite3* database, std::string_view what, int code) {
    const int extended = database == nullptr ? code : sqlite3_extended_errcode(database);
    const auto* const reason =
        database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
    const int primary = code & 0xff;
    if (disk_is_full(database, primary)) {
        throw DiskFull(what, ENOSPC);
    }
    if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
        throw DatabaseBusy(what, reason, extended);
    }
    if (extended == SQLITE_IOERR_DATA) {
        throw DatabaseDamaged(what, "the checksum of a page is wrong", extended);
    }
    if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB) {
        throw DatabaseDamaged(what, reason, extended);
    }
    throw DatabaseError(what, reason, extended);
}

void CloseDatabase::operator()(sqlite3* handle) const noexcept {
    sqlite3_close_v2(handle);
}

void FinalizeStatement::operator()(sqlite3_stmt* handle) const noexcept {
    sqlite3_finalize(handle);
}

Database::Database(const std::filesystem::path& path, Access access)
    : path_(path.string()) {
    const int flags = access == Access::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    sqlite3* handle = nullptr;
    const int code =
        sqlite3_open_v2(path_.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, sealing_vfs());
    handle_.reset(handle); // to be closed also when opening failed
    if (code != SQLITE_OK) {
        throw_sqlite(handle, path_, code);
    }
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, busy_timeout_ms);
}

void Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        throw_sqlite(handle(), path_, code);
    }
}

std::int64_t Database::number(const std::string& sql) {
    const Statement statement(*this, sql);
    auto use = statement.use();
    return use.next() ? use.number(0) : 0;
}

std::string Database::text(const std::string& sql) {
    const Statement statement(*this, sql);
    auto use = statement.use();
    return use.next() ? std::string(use.bytes(0)) : std::string();
}

// It changes the connection, if not this object.
// NOLINTNEXTLINE(readability-make-member-function-const)
void Database::checkpoint_on_close(bool enabled) {
    sqlite3_db_config(handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, enabled ? 0 : 1, nullptr);
}

void Database::reserve_seals() {
    int size = seal_size_bytes;
    if (sqlite3_file_control(handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &size) != SQLITE_OK) {
        throw_sqlite(handle(), path_, SQLITE_ERROR);
    }
}

bool Database::has_seals() const {
    int size = -1; // asks without changing
    sqlite3_file_control(handle(), "main", SQLITE_FCNTL_RESERVE_BYTES, &size);
    return size == seal_size_bytes;
}

std::uint64_t Database::pages_written() const {
    int now = 0;
    int highest = 0;
    sqlite3_db_status(handle(), SQLITE_DBSTATUS_CACHE_WRITE, &now, &highest, 0);
    return static_cast<std::uint64_t>(now);
}

Statement::Statement(const Database& database, std::string_view sql)
    : database_(database) {
    sqlite3_stmt* handle = nullptr;
    const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) {
        throw_sqlite(database.handle(), database.path(), code);
    }
}

Statement::Use::~Use() {
    sqlite3_reset(statement_.handle_.get());
    sqlite3_clear_bindings(statement_.handle_.get());
}

void Statement::Use::check(int code) const {
    if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) {
        throw_sqlite(statement_.database_.handle(), statement_.database_.path(), code);
    }
}

Statement::Use& Statement::Use::bind(std::int64_t value) {
    check(sqlite3_bind_int64(statement_.handle_.get(), ++parameter_, value));
    return *this;
}

Statement::Use& Statement::Use::bind(double value) {
    check(sqlite3_bind_double(statement_.handle_.get(), ++parameter_, value));
    return *this;
}

Statement::Use& Statement::Use::bind(std::string_view text) {
    check(sqlite3_bind_text64(statement_.handle_.get(), ++parameter_, text.data(), text.size(),
                              nullptr, SQLITE_UTF8));
    return *this;
}

Statement::Use& Statement::Use::bind_blob(std::string_view bytes) {
    check(sqlite3_bind_blob64(statement_.handle_.get(), ++parameter_, bytes.data(), bytes.size(),
                              nullptr));
    return *this;
}

Statement::Use& Statement::Use::bind_null() {
    check(sqlite3_bind_null(statement_.handle_.get(), ++parameter_));
    return *this;
}

bool Statement::Use::next() {
    const int code = sqlite3_step(statement_.handle_.get());
    check(code);
    return code == SQLITE_ROW;
}

void Statement::Use::run() {
    while (next()) {
    }
}

std::int64_t Statement::Use::number(int column) const {
    return sqlite3_column_int64(statement_.handle_.get(), column);
}

double Statement::Use::real(int column) const {
    return sqlite3_column_double(statement_.handle_.get(), column);
}

bool Statement::Use::is_null(int column) const {
    return sqlite3_column_type(statement_.handle_.get(), column) == SQLITE_NULL;
}

std::string_view Statement::Use::bytes(int column) const {
    auto* const handle = statement_.handle_.get();
    const auto* const data = static_cast<const char*>(sqlite3_column_blob(handle, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle, column));
    return data == nullptr ? std::string_view() : std::string_view(data, size);
}

Transaction::Transaction(Database& database)
    : database_(database) {
    database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    // SQLite may have rolled back by itself, and a failed ROLLBACK leaves nothing else to do.
    if (open_ && sqlite3_get_autocommit(database_.handle()) == 0) {
        sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    database_.execute("COMMIT");
    open_ = false;
}

} // namespace holdfast::spool
