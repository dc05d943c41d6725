#!/bin/bash
# Makes the Debian packages for the release that it runs on, in build/packages, and prints their paths:
# packaging/make-packages.sh [--preset PRESET] [--version VERSION] [--to FOLDER]
#
# They are for this machine's architecture; with the preset arm64, for that one. Then dpkg has to know
# it (dpkg --add-architecture arm64), and this machine has to run its programs, because the manual
# pages ask them: qemu-user-static, or an arm64 kernel.
set -euo pipefail
# shellcheck source=build.sh
source "$(dirname -- "$(readlink -f -- "$0")")/build.sh"

preset=release to=$root/build/packages options=()
while (($# > 0)); do
    case "$1" in
    --preset) preset=$2 ;;
    --version) options+=(-D "CPACK_PACKAGE_VERSION=$2") ;;
    --to) to=$(realpath -m -- "$2") ;;
    *) fail 2 "usage: ${0##*/} [--preset PRESET] [--version VERSION] [--to FOLDER]" ;;
    esac
    shift 2 || fail 2 "$1 takes a value"
done

case "$preset" in
arm64*)
    grep -qxF arm64 <(dpkg --print-architecture; dpkg --print-foreign-architectures) ||
        fail 3 "dpkg knows no arm64 here; as root: dpkg --add-architecture arm64"
    install_cross_packages arm64
    /lib/ld-linux-aarch64.so.1 --version &>/dev/null ||
        fail 3 "no program for arm64 runs here; as root: apt-get install qemu-user-static"
    export DEB_HOST_ARCH=arm64 # whose libraries dpkg-shlibdeps names
    ;;
*) install_packages build package ;;
esac
build "$preset" holdfast holdfast-edge mosquitto_holdfast package_documents
rm -rf "$to"
mkdir -p "$to"
run_cpack() {
    local log=$to/cpack.log
    cpack --config "$root/build/$preset/CPackConfig.cmake" -B "$to" "${options[@]}" \
        >"$log" 2>&1 || {
        tail -n 15 "$log" >&2
        fail 3 "cpack could not make the packages; its last lines are above, all of them in $log"
    }
    rm -rf "$to/_CPack_Packages"
}
step packages run_cpack
ls "$to"/*.deb
