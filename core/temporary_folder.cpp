#include "core/temporary_folder.hpp"

#include "core/error.hpp"

#include <cstdlib>
#include <string>

namespace holdfast {

TemporaryFolder::TemporaryFolder(const std::filesystem::path& beginning) {
    auto pattern = beginning.string() + "XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw_errno(pattern);
    }
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored; // what is left over must not hide why this scope ends
    std::filesystem::remove_all(path_, ignored);
}

} // namespace holdfast
