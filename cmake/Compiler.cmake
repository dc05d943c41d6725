# How every target is compiled: warnings are errors, hardening is on, and a sanitizer can be chosen.
add_library(holdfast_compiler INTERFACE)

target_compile_options(holdfast_compiler INTERFACE
  -Wall -Wextra -Wpedantic -Werror -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wcast-qual -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2 -Wimplicit-fallthrough
  -fstack-protector-strong)
target_link_options(holdfast_compiler INTERFACE -Wl,-z,relro,-z,now)
if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  # Where the processor can multiply and add in one step, an optimised build would round once: a raw
  # 50 at scale 0.1 and offset -4 would be 1.0000000000000002 on a Raspberry Pi, and 1 elsewhere.
  target_compile_options(holdfast_compiler INTERFACE "$<$<NOT:$<CONFIG:Debug>>:-ffp-contract=off>")
endif()

set(HOLDFAST_SANITIZER "" CACHE STRING "Value for -fsanitize, e.g. address,undefined or thread")
define_property(TARGET PROPERTY HOLDFAST_UNINSTRUMENTED
  BRIEF_DOCS "Whether the target is compiled without the sanitizer of this build")
if(HOLDFAST_SANITIZER)
  set(INSTRUMENTED "$<NOT:$<BOOL:$<TARGET_PROPERTY:HOLDFAST_UNINSTRUMENTED>>>")
  target_compile_options(holdfast_compiler INTERFACE -fno-omit-frame-pointer -O1
    "$<${INSTRUMENTED}:-fsanitize=${HOLDFAST_SANITIZER};-fno-sanitize-recover=all>")
  target_link_options(holdfast_compiler INTERFACE
    "$<${INSTRUMENTED}:-fsanitize=${HOLDFAST_SANITIZER}>")
  if(HOLDFAST_SANITIZER STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio has a fence that ThreadSanitizer does not see; its locks, which it sees, order the same.
    target_compile_options(holdfast_compiler INTERFACE -Wno-tsan)
  endif()
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(holdfast_compiler INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()
