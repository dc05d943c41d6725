#pragma once

#include "core/unique_fd.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace holdfast::cli {

/// Files that belong together, as a certificate and its key, tried in place of older ones: whoever
/// opens them sees the old ones or the new ones, never some of each, also after a power cut.
///
/// While a trial runs the files are links through one link, `current`, to the slot `old` or `new`;
/// before and after they are plain files. One trial at a time; a second process is refused.
class FileSlots {
public:
    /// Where another process has a trial there: throw Error, or wait until it is over.
    enum class Busy { refuse, wait };

    /// The slots lie in `folder`, which is there only during a trial. Its parent must exist.
    FileSlots(std::filesystem::path folder, std::vector<std::filesystem::path> files,
              Busy busy = Busy::refuse);

    /// Where to read what `file` is without a trial that was cut off before it was decided.
    std::filesystem::path decided(const std::filesystem::path& file) const;

    /// Ends a trial that was cut off: back to the old files if nothing had been decided. Answers
    /// whether there was one.
    bool recover();

    /// From here on the files have these contents. Those that have none keep theirs. Each keeps its
    /// rights and its owner. Throws Error where one is somebody else's link, which would be parted
    /// from what it shows, and SystemError or filesystem_error; then the old ones count.
    void try_out(const std::map<std::filesystem::path, std::string>& contents);
    void keep();    ///< the new ones, for good
    void go_back(); ///< to the old ones

private:
    std::filesystem::path slot(const std::string& name, const std::filesystem::path& file) const;
    void fill(const std::string& slot_name,
              const std::map<std::filesystem::path, std::string>& contents) const;
    void select(const std::string& slot_name) const;
    bool is_ours(const std::filesystem::path& file) const;
    /// Whether a trial was cut off before anybody decided.
    bool undecided() const;
    void end() const;

    std::filesystem::path folder_;
    std::vector<std::filesystem::path> files_;
    UniqueFd lock_;
};

} // namespace holdfast::cli
