#include "support/temp_folder.hpp"

#include "core/error.hpp"

#include <cstdlib>

namespace holdfast::test {

TempFolder::TempFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "holdfast-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw_errno(pattern);
    }
    path_ = pattern;
}

TempFolder::~TempFolder() {
    std::error_code ignored; // a leftover in /tmp must not turn a passed test into a crash
    std::filesystem::remove_all(path_, ignored);
}

} // namespace holdfast::test
