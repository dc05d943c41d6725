#include "cli/cert/file_slots.hpp"

#include "cli/replacement.hpp"
#include "core/atomic_file.hpp"
#include "core/error.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace holdfast::cli {

namespace fs = std::filesystem;

namespace {

const std::string old_slot = "old";
const std::string new_slot = "new";
const std::string current = "current";

UniqueFd opened(const fs::path& path, int how) {
    UniqueFd fd(::open(path.c_str(), how | O_CLOEXEC));
    if (!fd) {
        throw_errno(path.string());
    }
    return fd;
}

/// A lock that ends with the process, whatever its end.
UniqueFd locked(const fs::path& folder, FileSlots::Busy busy) {
    auto fd = opened(folder, O_RDONLY | O_DIRECTORY);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
        return fd;
    }
    if (errno != EWOULDBLOCK) {
        throw_errno(folder.string());
    }
    if (busy == FileSlots::Busy::refuse) {
        throw Error(fmt::format("another 'holdfast cert' tries certificates in {}; wait for it",
                                folder.string()));
    }
    fmt::print("waiting until it is decided which certificates in {} count\n", folder.string());
    std::fflush(stdout);
    if (::flock(fd.get(), LOCK_EX) != 0) {
        throw_errno(folder.string());
    }
    return fd;
}

void sync(const fs::path& path, int how = O_RDONLY | O_DIRECTORY) {
    if (::fsync(opened(path, how).get()) != 0) {
        throw_errno(path.string());
    }
}

/// What is at `place` becomes what `beside` is, all at once.
void take_place(const fs::path& beside, const fs::path& place) {
    fs::rename(beside, place);
    sync(place.parent_path());
}

fs::path beside(const fs::path& place) {
    return place.string() + ".slot";
}

void link_to(const fs::path& target, const fs::path& place) {
    fs::remove(beside(place)); // of an attempt that was cut off
    fs::create_symlink(target, beside(place));
    take_place(beside(place), place);
}

} // namespace

FileSlots::FileSlots(fs::path folder, std::vector<fs::path> files, Busy busy)
    : folder_(std::move(folder))
    , files_(std::move(files))
    , lock_(locked(folder_.parent_path(), busy)) {}

/// Named after the whole path: files of two folders may have one name.
fs::path FileSlots::slot(const std::string& name, const fs::path& file) const {
    auto plain = file.string();
    std::replace(plain.begin(), plain.end(), '/', '_');
    return folder_ / name / plain;
}

bool FileSlots::is_ours(const fs::path& file) const {
    return fs::is_symlink(file) && fs::read_symlink(file) == slot(current, file);
}

void FileSlots::fill(const std::string& slot_name,
                     const std::map<fs::path, std::string>& contents) const {
    // Whatever the umask: the files keep their own rights, and who reads them has to pass here.
    constexpr auto passable = static_cast<fs::perms>(0711);
    fs::create_directories(folder_ / slot_name);
    fs::permissions(folder_, passable);
    fs::permissions(folder_ / slot_name, passable);
    for (const auto& file : files_) {
        const auto known = contents.find(file);
        const auto copy = slot(slot_name, file);
        write_file(copy, known == contents.end() ? read_file(file) : known->second,
                   FileMode::secret);
        copy_rights(file, copy);
    }
}

/// The one step that decides which files count.
void FileSlots::select(const std::string& slot_name) const {
    link_to(slot_name, folder_ / current);
}

void FileSlots::try_out(const std::map<fs::path, std::string>& contents) {
    for (const auto& file : files_) {
        if (fs::is_symlink(file)) {
            throw Error(fmt::format("{} is a link to {}, which may be somebody else's: name the "
                                    "file itself in [cloud], or put a copy in the link's place",
                                    file.string(), fs::read_symlink(file).string()));
        }
    }
    try {
        fill(old_slot, {});
        fill(new_slot, contents);
        select(old_slot);
        for (const auto& file : files_) {
            link_to(slot(current, file), file);
        }
        select(new_slot);
    } catch (...) {
        recover();
        throw;
    }
}

void FileSlots::keep() {
    end();
}

void FileSlots::go_back() {
    select(old_slot);
    end();
}

/// Plain files again, with what they show now; then the slots go.
void FileSlots::end() const {
    for (const auto& file : files_) {
        fs::remove(beside(file)); // of an attempt that was cut off
        if (is_ours(file)) {
            fs::copy_file(file, beside(file));
            copy_rights(file, beside(file));
            sync(beside(file), O_RDONLY);
            take_place(beside(file), file);
        }
    }
    fs::remove_all(folder_);
    sync(folder_.parent_path());
}

/// With some plain files among them the links are only being made or unmade, and all show the same
/// slot already.
bool FileSlots::undecided() const {
    return std::all_of(files_.begin(), files_.end(),
                       [this](const auto& file) { return is_ours(file); });
}

bool FileSlots::recover() {
    if (!fs::exists(folder_)) {
        return false;
    }
    if (undecided()) {
        select(old_slot);
    }
    end();
    return true;
}

fs::path FileSlots::decided(const fs::path& file) const {
    if (!fs::is_symlink(file) || !undecided()) {
        return file;
    }
    const auto target = fs::read_symlink(file);
    return target.parent_path() == folder_ / current ? folder_ / old_slot / target.filename()
                                                     : file;
}

} // namespace holdfast::cli
