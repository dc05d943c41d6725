#include "cli/replacement.hpp"

#include "core/error.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace holdfast::cli {

namespace fs = std::filesystem;

namespace {

/// Renames, which are undone unless all were made.
class Moves {
public:
    Moves() = default;
    Moves(const Moves&) = delete;
    Moves& operator=(const Moves&) = delete;
    ~Moves() {
        for (; !kept_ && !done_.empty(); done_.pop_back()) {
            std::error_code ignored; // the first failure is the one to be told
            fs::rename(done_.back().to, done_.back().from, ignored);
        }
    }

    void move(const fs::path& from, const fs::path& to) {
        fs::rename(from, to);
        done_.push_back({from, to});
    }
    void keep() { kept_ = true; }

private:
    struct Rename {
        fs::path from;
        fs::path to;
    };

    std::vector<Rename> done_;
    bool kept_ = false;
};

} // namespace

void copy_rights(const fs::path& from, const fs::path& to) {
    struct stat status {};
    if (::stat(from.c_str(), &status) != 0) {
        throw_errno(from.string());
    }
    fs::permissions(to, fs::status(from).permissions());
    if (::geteuid() == 0 && ::chown(to.c_str(), status.st_uid, status.st_gid) != 0) {
        throw_errno(to.string());
    }
}

Replacement::~Replacement() {
    for (const auto& copy : copies_) {
        std::error_code ignored; // it has taken its place, or is of no use
        fs::remove(copy, ignored);
    }
}

void Replacement::put(fs::path fresh, fs::path place, fs::path old) {
    steps_.push_back({std::move(fresh), std::move(place), std::move(old)});
}

void Replacement::put_copy(const fs::path& fresh, const fs::path& place, fs::path old) {
    const fs::path copy = place.string() + ".restored";
    fs::remove(copy); // of an attempt that was cut off
    copies_.push_back(copy);
    fs::copy_file(fresh, copy);
    copy_rights(fresh, copy);
    put(copy, place, std::move(old));
}

void Replacement::clear(fs::path place, fs::path old) {
    put({}, std::move(place), std::move(old));
}

std::vector<fs::path> Replacement::commit() {
    std::vector<fs::path> aside;
    Moves moves;
    for (const auto& step : steps_) {
        if (fs::exists(step.place)) {
            moves.move(step.place, step.old);
            aside.push_back(step.old);
        }
        if (!step.fresh.empty()) {
            moves.move(step.fresh, step.place);
        }
    }
    moves.keep();
    return aside;
}

} // namespace holdfast::cli
