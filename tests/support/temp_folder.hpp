#pragma once

#include "core/temporary_folder.hpp"

#include <filesystem>

namespace holdfast::test {

/// Where files for a test go.
class TempFolder : public TemporaryFolder {
public:
    TempFolder()
        : TemporaryFolder(std::filesystem::temp_directory_path() / "holdfast-test-") {}
};

} // namespace holdfast::test
