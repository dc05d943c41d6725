#pragma once

// Debian 12 has Catch2 2, Debian 13 has Catch2 3: the same macros under other names.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& part) {
    return Catch::Matchers::Contains(part);
}
#endif

/// Leaves a test case that this machine cannot run. CTest shows it as skipped, by this text
/// (tests/CMakeLists.txt): Catch2 2 knows no skipping, and the exit code that Catch2 3 has for it
/// is also the one of four failed checks.
#define SKIP_TEST(reason)                                                                          \
    do {                                                                                           \
        WARN("test-skipped: " << reason); /* NOLINT(*-macro-parentheses): the parts of a stream */ \
        return;                                                                                    \
    } while (false)
