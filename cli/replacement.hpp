#pragma once

#include <filesystem>
#include <vector>

namespace holdfast::cli {

/// Files and folders that take the places of others, all of them or none: what was there goes
/// aside, and comes back should one step fail.
class Replacement {
public:
    Replacement() = default;
    Replacement(const Replacement&) = delete;
    Replacement& operator=(const Replacement&) = delete;
    /// What was copied and has not taken its place is gone.
    ~Replacement();

    /// `fresh`, on the same file system, is to be at `place`; what is there goes to `old`.
    void put(std::filesystem::path fresh, std::filesystem::path place, std::filesystem::path old);
    /// The same for a file that may lie on another file system: it is copied beside its place at
    /// once, with its rights and owner. Throws where that cannot be.
    void put_copy(const std::filesystem::path& fresh, const std::filesystem::path& place,
                  std::filesystem::path old);
    /// What is at `place` goes to `old`, and nothing comes instead.
    void clear(std::filesystem::path place, std::filesystem::path old);

    /// In the order they were said. Answers where the old ones are now. Throws filesystem_error,
    /// and then everything is as before.
    std::vector<std::filesystem::path> commit();

private:
    struct Step {
        std::filesystem::path fresh; ///< none if empty
        std::filesystem::path place;
        std::filesystem::path old;
    };

    std::vector<Step> steps_;
    std::vector<std::filesystem::path> copies_;
};

/// Gives `to` the rights of `from`, and as root its owner. Throws SystemError.
void copy_rights(const std::filesystem::path& from, const std::filesystem::path& to);

} // namespace holdfast::cli
