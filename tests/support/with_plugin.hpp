#pragma once

#include "core/child_process.hpp"

#include <utility>

namespace holdfast::test {

/// The command of a broker that loads the plugin, with what a sanitizer wants to be preloaded. Only
/// for targets of holdfast_with_plugin (tests/CMakeLists.txt).
inline ChildProcess::Command with_plugin(ChildProcess::Command command) {
#ifdef HOLDFAST_BROKER_PRELOAD
    command.environment_extra = {"LD_PRELOAD=" HOLDFAST_BROKER_PRELOAD,
                                 "ASAN_OPTIONS=detect_leaks=0"};
#endif
    return command;
}

} // namespace holdfast::test
