# Building for arm64 on a Debian of another architecture, with the libraries that apt installs beside
# its own: `apt install libfmt-dev:arm64`, as packaging/make-packages.sh --preset arm64 does.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
# pkg-config looks for this machine's libraries unless it is told.
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
