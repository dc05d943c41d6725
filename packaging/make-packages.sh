#!/bin/bash
# Makes the Debian packages for the release and the architecture that it runs on, in build/packages,
# and prints their paths: packaging/make-packages.sh [--preset PRESET] [--version VERSION] [--to FOLDER]
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

install_packages build package
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
