#pragma once

#include "edge/spool/error.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace holdfast::spool {

struct CloseDatabase {
    void operator()(sqlite3* handle) const noexcept;
};
struct FinalizeStatement {
    void operator()(sqlite3_stmt* handle) const noexcept;
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// One connection to one file, used from one thread at a time.
class Database {
public:
    enum class Access { read_write, read_only };

    Database(const std::filesystem::path& path, Access access);

    void execute(const std::string& sql);
    /// The integer that a query of one row and one column gives.
    std::int64_t number(const std::string& sql);
    /// The text that a query of one row and one column gives.
    std::string text(const std::string& sql);

    /// Whether closing the last connection moves the write-ahead log into the database.
    void checkpoint_on_close(bool enabled);
    std::uint64_t pages_written() const;
    /// Room for a seal in each page (page_seal.hpp): of an empty file at once, of another with the
    /// next VACUUM.
    void reserve_seals();
    bool has_seals() const;

    const std::string& path() const noexcept { return path_; }
    sqlite3* handle() const noexcept { return handle_.get(); }

private:
    std::string path_;
    DatabaseHandle handle_;
};

/// Turns a result code of a call on `database` into an exception that names `what`.
[[noreturn]] void throw_sqlite(sqlite3* database, std::string_view what, int code);

/// A prepared statement, used through Statement::Use, which resets it when its scope ends.
class Statement {
public:
    Statement(const Database& database, std::string_view sql);

    class Use {
    public:
        explicit Use(const Statement& statement) noexcept
            : statement_(statement) {}
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;
        ~Use();

        /// Binds the next parameter. Blobs and texts must live as long as this use.
        Use& bind(std::int64_t value);
        Use& bind(double value);
        Use& bind(std::string_view text);
        Use& bind_blob(std::string_view bytes);
        Use& bind_null();

        /// Whether there is another row.
        bool next();
        /// For statements without rows.
        void run();

        std::int64_t number(int column) const;
        double real(int column) const;
        bool is_null(int column) const;
        /// The bytes of a text or blob, valid until the next step.
        std::string_view bytes(int column) const;

    private:
        void check(int code) const;

        const Statement& statement_;
        int parameter_ = 0;
    };

    Use use() const noexcept { return Use(*this); }

private:
    const Database& database_;
    StatementHandle handle_;
};

/// A write transaction: rolled back when its scope ends, unless commit() returned.
class Transaction {
public:
    explicit Transaction(Database& database);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    void commit();

private:
    Database& database_;
    bool open_ = true;
};

} // namespace holdfast::spool
